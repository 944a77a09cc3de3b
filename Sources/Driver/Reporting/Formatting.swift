// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number with so many significant digits, without trailing zeros, with an exponent where the
/// plain form would be long.
func formatted(_ value: Double, significant digits: Int) -> String {
  String(format: "%.\(digits)g", value)
}
