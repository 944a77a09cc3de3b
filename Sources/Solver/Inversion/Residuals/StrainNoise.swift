// SPDX-License-Identifier: Apache-2.0

import Images
package import Parallel
import Physics

/// The noise of a particle's strain: its level channel by channel from the sigma maps, else
/// estimated; its correlation between pixels always estimated, because no map tells it.
package struct StrainNoise {
  /// The variances of the components on held cells.
  let variances: StrainImage
  /// How the noise of neighbouring pixels goes together.
  let correlation: NoiseCorrelation
  /// What the short waves hold of the deviations, as r sees them; 1 where noise is white or no
  /// deviation is known.
  ///
  /// A map tells the level of a pixel alone. How much of it is left in differences of neighbours
  /// follows from the width of the smearing, and better from the differences themselves.
  private let share: SymmetricTensor2
  /// The widths of the Gaussians that smeared it [pixels of the image it was estimated on].
  let widthA, widthC: Double
  /// Where the levels come from.
  let source: ResidualSummary.NoiseSource
  /// The relative variance of the mean square that it predicts for r.
  private let relativeVariance: Double

  /// Whether all three channels have sigma maps.
  var isMeasured: Bool { source == .sigmaMaps }
  /// Whether a channel had to be estimated.
  var isEstimated: Bool { source != .sigmaMaps }

  /// √(σ_aa² + σ_cc² + 2σ_ac²) on held cells: what noise alone gives the residual's norm.
  var norms: [Double] {
    (0..<variances.count).map { cell in
      (variances.aa[cell] + variances.cc[cell] + 2 * variances.ac[cell]).squareRoot()
    }
  }

  /// The variances that ``correlation`` belongs to, for sums of neighbours.
  var shortWaves: StrainImage {
    StrainImage(
      aa: variances.aa.map { $0 * share.aa * share.aa },
      cc: variances.cc.map { $0 * share.cc * share.cc },
      ac: variances.ac.map { $0 * share.ac * share.ac })
  }

  /// Takes the image's standard deviations, known in the whole mask, and estimates the rest.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package init(_ parts: StrainParts) throws(ParallelError) {
    let image = parts.image
    let measured = try parts.measured()
    let residual = measured - parts.model
    func standardised(_ strain: StrainImage) -> StrainImage {
      func divided(_ values: [Double], _ channel: Channel) -> [Double] {
        image.sigmas[channel].map { zip(values, $0).map { $0 / $1 } } ?? values
      }
      return StrainImage(
        aa: divided(strain.aa, .strainAA), cc: divided(strain.cc, .strainCC),
        ac: divided(strain.ac, .strainAC))
    }
    let isValid = (0..<residual.count).map(residual.isFinite)
    let estimate = try NoiseEstimate(
      [standardised(measured), standardised(residual)], image, isValid: isValid,
      at: CompatibilityStencil(image, isValid: isValid))
    func variance(_ channel: Channel, _ estimated: Double) -> [Double] {
      image.sigmas[channel]?.map { $0 * $0 }
        ?? [Double](repeating: estimated * estimated, count: residual.count)
    }
    let known = StrainParts.channels.count { image.sigmas[$0] != nil }
    let isWhole = known == StrainParts.channels.count
    variances = StrainImage(
      aa: variance(.strainAA, estimate.deviation.aa),
      cc: variance(.strainCC, estimate.deviation.cc),
      ac: variance(.strainAC, estimate.deviation.ac))
    func share(_ channel: Channel, _ found: Double) -> Double {
      estimate.correlation.isWhite || image.sigmas[channel] == nil ? 1 : found
    }
    self.share = SymmetricTensor2(
      aa: share(.strainAA, estimate.deviation.aa), cc: share(.strainCC, estimate.deviation.cc),
      ac: share(.strainAC, estimate.deviation.ac))
    correlation = estimate.correlation
    widthA = estimate.widthA
    widthC = estimate.widthC
    source =
      switch known {
      case 0: .estimate
      case StrainParts.channels.count: .sigmaMaps
      default: .mixed
      }
    relativeVariance =
      isWhole && estimate.correlation.isWhite ? 0 : estimate.relativeVariance
  }

  private init(
    _ fine: StrainNoise, variances: StrainImage, correlation: NoiseCorrelation
  ) {
    self.variances = variances
    self.correlation = correlation
    share = fine.share
    widthA = fine.widthA
    widthC = fine.widthC
    source = fine.source
    relativeVariance = fine.relativeVariance
  }

  /// The noise of means over blocks of pixels.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - isLive: for the pixels of all held blocks, whether they are counted.
  ///   - live: the number of these in each block.
  func averaged(
    _ blocks: borrowing PixelBlocks, isLive: [Bool], live: [Int]
  ) throws(ParallelError) -> StrainNoise {
    let (correlation, factor) = self.correlation.averaged(over: blocks.size)
    let pixels = Double(blocks.size * blocks.size)
    func variance(_ field: [Double]) throws(ParallelError) -> [Double] {
      let means = try blocks.mean(field, over: isLive)
      // A block with dead pixels averages less noise away.
      return zip(means, live).map { $0 * min(1, factor * pixels / Double(max(1, $1))) }
    }
    return StrainNoise(
      self,
      variances: StrainImage(
        aa: try variance(variances.aa), cc: try variance(variances.cc),
        ac: try variance(variances.ac)), correlation: correlation)
  }

  /// The standard error of the mean square of r over the mean square itself, when r is noise alone.
  ///
  /// Collective.
  ///
  /// Neighbouring stencils share pixels and correlated ones: the mean of n squares has the relative
  /// variance 2 Σ γ²/γ₀² / n, with γ the autocovariance of r. What of the noise had to be estimated
  /// adds its own.
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
    let waves = shortWaves
    for field in [waves.aa, waves.cc, waves.ac] {
      means.append(cells.reduce(0) { $0 + (field[$1].isFinite ? field[$1] : 0) })
    }
    try image.communicator.reduce(&means, .sum)
    let levels = means[1...].map { $0 / means[0] }
    let correlated = correlation.squaredSum(reach: 1) { lag in
      zip(levels, CompatibilityStencil.weights).reduce(0) {
        $0 + $1.0 * correlation.autocovariance(of: $1.1, at: lag)
      }
    }
    return (2 * spread * correlated / Double(count) + relativeVariance).squareRoot()
  }
}

/// √(x² + y²).
func hypotenuse(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
