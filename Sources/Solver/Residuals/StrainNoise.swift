import Parallel
import Physics

/// The noise of a particle's strain, channel by channel from its sigma maps, else estimated.
struct StrainNoise {
  /// The variances of the components on held cells.
  let variances: StrainImage
  /// √(σ_aa² + σ_cc² + 2σ_ac²) on held cells: what noise alone gives the residual's norm.
  let norms: [Double]
  /// Where they come from.
  let source: ResidualSummary.NoiseSource

  /// Whether all three channels have sigma maps.
  var isMeasured: Bool { source == .sigmaMaps }
  /// Whether a channel had to be estimated.
  var isEstimated: Bool { source != .sigmaMaps }

  /// Takes the sigma maps that are known in the whole mask and estimates the rest.
  ///
  /// Collective.
  ///
  /// An estimate is the smaller one of the measured and of the residual strain: interfaces lift the
  /// former, noise of X in the model the latter, and nothing lowers either.
  init(
    measured: StrainImage, residual: StrainImage, _ image: ParticleImage,
    at stencil: CompatibilityStencil
  ) throws(ParallelError) {
    let first = try WhiteNoise.deviation(
      of: measured, at: stencil, communicator: image.communicator)
    let second = try WhiteNoise.deviation(
      of: residual, at: stencil, communicator: image.communicator)
    let estimate = SymmetricTensor2(
      aa: min(first.aa, second.aa), cc: min(first.cc, second.cc), ac: min(first.ac, second.ac))
    func variance(_ channel: Channel, _ estimated: Double) -> [Double] {
      image.sigmas[channel]?.map { $0 * $0 }
        ?? [Double](repeating: estimated * estimated, count: residual.count)
    }
    let variances = StrainImage(
      aa: variance(.strainAA, estimate.aa), cc: variance(.strainCC, estimate.cc),
      ac: variance(.strainAC, estimate.ac))
    norms = (0..<variances.count).map { cell in
      (variances.aa[cell] + variances.cc[cell] + 2 * variances.ac[cell]).squareRoot()
    }
    self.variances = variances
    let known = StrainParts.channels.count { image.sigmas[$0] != nil }
    source =
      switch known {
      case 0: .estimate
      case StrainParts.channels.count: .sigmaMaps
      default: .mixed
      }
  }

  /// The standard error of the mean square of r over the mean square itself, when r is noise alone.
  ///
  /// Collective.
  ///
  /// Neighbouring stencils share pixels. With A, C and S the variances of aa, cc and ac, r has the
  /// autocovariance 6A + 6C + S; −4A and A − S/2 one and two pixels along c; −4C and C − S/2 along a;
  /// S/4 at (±2, ±2); and the mean of n squares has the relative variance 2 Σ γ²/γ₀² / n. An
  /// estimated σ adds its own: the median of |D| has 0.3676 of the information of n values and, with
  /// the correlation of overlapping fourth differences, a relative variance of 2.75/n.
  ///
  /// - Parameters:
  ///   - count: n.
  ///   - spread: the mean square of the stencils' variances over the square of their mean, 1 where σ
  ///     is the same everywhere; it divides n.
  ///   - image: the pixels.
  /// - Returns: the relative standard error.
  /// - Throws: ``ParallelError`` when the ranks cannot add up.
  func relativeError(
    of count: Int, spread: Double, _ image: ParticleImage
  ) throws(ParallelError) -> Double {
    let cells = image.numbering.ownCells
    var means = [Double(cells.count)]
    for field in [variances.aa, variances.cc, variances.ac] {
      means.append(cells.reduce(0) { $0 + (field[$1].isFinite ? field[$1] : 0) })
    }
    try image.communicator.reduce(&means, .sum)
    let (a, c, s) = (means[1] / means[0], means[2] / means[0], means[3] / means[0])
    func squared(_ value: Double) -> Double { value * value }
    let variance = squared(6 * a + 6 * c + s)
    let neighbours = 2 * (squared(4 * a) + squared(4 * c) + squared(a - s / 2) + squared(c - s / 2))
    let sampling = 2 * (variance + neighbours + 4 * squared(s / 4)) / variance
    var estimation = 0.0
    for (channel, share) in zip(StrainParts.channels, [6 * a, 6 * c, s])
    where image.sigmas[channel] == nil {
      // σ² has twice the relative error of σ.
      estimation += 4 * 2.75 * squared(share) / variance
    }
    return ((spread * sampling + estimation) / Double(count)).squareRoot()
  }
}

/// √(x² + y²).
func hypotenuse(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
