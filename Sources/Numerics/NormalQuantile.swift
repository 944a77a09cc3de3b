// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Φ⁻¹(p), the number below which a normal number of mean 0 and variance 1 lies with probability p.
///
/// Newton's method on ½ erfc(−x/√2) = p in the logarithm of the smaller tail, which is nearly a
/// parabola: a handful of iterations from anywhere.
///
/// - Parameter probability: p in (0, 1).
public func normalQuantile(_ probability: Double) -> Double {
  precondition(probability > 0 && probability < 1)
  guard probability <= 0.5 else { return -normalQuantile(1 - probability) }
  var x = -(-2 * log(2 * probability)).squareRoot()
  for _ in 0..<50 {
    let tail = 0.5 * erfc(-x / 2.0.squareRoot())
    let density = exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    let step = (log(tail) - log(probability)) * tail / density
    x -= step
    if abs(step) <= 1e-14 * max(1, abs(x)) { break }
  }
  return x
}
