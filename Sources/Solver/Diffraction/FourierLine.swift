import Foundation

/// A line known by its Fourier coefficients A(L) at equal steps of L, from the step on; A(0) = 1.
public struct FourierLine: Sendable {
  /// The step of L in nm.
  public let step: Double
  /// A(L), real part and imaginary part.
  public let cosines, sines: [Double]

  /// A line of coefficients.
  public init(step: Double, cosines: [Double], sines: [Double]) {
    self.step = step
    self.cosines = cosines
    self.sines = sines
  }

  /// The largest q the coefficients can tell, 1/(2 step); beyond, the line repeats.
  public var reach: Double { 0.5 / step }

  /// The profile by the trapezoid rule, centred, to `reach` with `count` points a side.
  ///
  /// I(q) = ∫ A(L) exp(−2πiqL) dL, summed as it stands. The trapezoid's sum is that of the line and
  /// of its copies at multiples of 1/step; their tails are taken off by the first copies' own
  /// asymptote, ρ*/(4π²q³), whose ρ* follows from ln A at the two smallest L.
  public func profile(count: Int = 2000) -> LineProfile? {
    var offsets = (-count...count).map { Double($0) * reach / Double(count) }
    let values = offsets.map { q in
      var sum = 0.5
      for (index, cosine) in cosines.enumerated() {
        let angle = 2 * .pi * q * step * Double(index + 1)
        sum += cosine * cos(angle) + sines[index] * sin(angle)
      }
      return 2 * step * sum
    }
    guard let shape = LineShape(offsets, values) else { return nil }
    offsets = offsets.map { $0 - shape.centre }
    return LineProfile(
      offsets: offsets, intensities: values,
      variances: values.map { max(abs($0), 1e-3 * (values.max() ?? 1)) },
      fullWidth: shape.fullWidth)
  }
}
