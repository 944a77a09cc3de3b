// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics

/// The natural logarithm of eight numbers.
@inline(__always)
func logarithm(_ x: Eight) -> Eight {
  Eight(log(x[0]), log(x[1]), log(x[2]), log(x[3]), log(x[4]), log(x[5]), log(x[6]), log(x[7]))
}
