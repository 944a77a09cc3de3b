// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The hyperbolic tangent, here so that the numerical files need no Foundation.
func hyperbolicTangent(_ value: Double) -> Double { tanh(value) }
