// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A line known by its Fourier coefficients A(L) at equal steps of L, from one step on; A(0) = 1.
public struct FourierLine: Sendable {
  /// The step of L in nm.
  public let step: Double
  /// A(L), real part and imaginary part.
  public let cosines, sines: [Double]
  /// The standard deviation of each coefficient.
  public let errors: [Double]

  /// A line of coefficients.
  public init(step: Double, cosines: [Double], sines: [Double], errors: [Double]) {
    self.step = step
    self.cosines = cosines
    self.sines = sines
    self.errors = errors
  }

  /// The largest q the coefficients can tell, 1/(2 step); beyond, the line repeats.
  public var reach: Double { 0.5 / step }

  /// The slope of ln A/L² in ln L between the first two coefficients, which is ρ* at small L.
  var slope: Double {
    guard cosines.count >= 2 else { return 0 }
    func value(_ index: Int) -> Double {
      let length = step * Double(index + 1)
      return log(hypot(cosines[index], sines[index])) / (length * length)
    }
    return (value(1) - value(0)) / log(2)
  }

  /// The profile I(q) = ∫ A(L) exp(−2πiqL) dL, centred.
  ///
  /// The trapezoid's sum is the line plus its copies at multiples of 1/step. The copies' tails,
  /// ρ*/(4π²|q|³), are taken off: at half the reach they make 4 per cent of the intensity, and ρ*
  /// need only be known roughly for that. The errors of the coefficients make the same error at
  /// all q.
  ///
  /// - Parameter count: the number of points on a side.
  /// - Returns: the profile, or nil where the line does not fall to half its height.
  public func profile(count: Int = 2000) -> LineProfile? {
    let offsets = (-count...count).map { Double($0) * reach / Double(count) }
    let tail = slope / (4 * .pi * .pi)
    let values = offsets.map { q in
      var sum = 0.5
      for (index, cosine) in cosines.enumerated() {
        let angle = 2 * .pi * q * step * Double(index + 1)
        sum += cosine * cos(angle) + sines[index] * sin(angle)
      }
      let copies = (1...30).reduce(0.0) { copies, order in
        let distance = Double(order) / step
        return copies + pow(distance - q, -3) + pow(distance + q, -3)
      }
      return 2 * step * sum - tail * copies
    }
    guard let shape = LineShape(offsets, values) else { return nil }
    let variance = errors.reduce(0) { $0 + 2 * step * step * $1 * $1 }
    return LineProfile(
      offsets: offsets.map { $0 - shape.centre }, intensities: values,
      variances: values.map { max(variance + 0.01 * $0 * $0, 1e-30) }, fullWidth: shape.fullWidth)
  }
}
