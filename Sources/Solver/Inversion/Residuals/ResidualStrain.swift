// SPDX-License-Identifier: Apache-2.0

public import Images
public import Parallel

/// The residual strain of a particle: what eigenstrain and coherency strain leave of the measured
/// one, ε_res = ε − f(X) − ε_coherency (equation 5.1 of the SI), and how incompatible it is.
///
/// The coherency strain is that of mechanical equilibrium without dislocations: the strain of the
/// traction-free particle with the measured composition and the learnt law, less f(X). The paper
/// relaxes its phase-field model for it with the particle's outline and composition frozen, which
/// is the same equilibrium.
public struct ResidualStrain {
  /// The image the maps belong to: the particle's own, or averaged over blocks of pixels.
  public let image: ParticleImage
  /// The measured strain less the model's, on held cells; NaN where a channel is dead.
  public let residual: StrainImage
  /// The model strain less f(X), on held cells in the mask.
  public let coherency: StrainImage
  /// The incompatibility of the residual strain on held cells [nm⁻²]; NaN where a 3 × 3 block of
  /// valid pixels is missing.
  public let incompatibility: [Double]
  /// The same of the measured strain.
  public let totalIncompatibility: [Double]
  /// √(σ_aa² + σ_cc² + 2σ_ac²) on held cells; nil unless all three standard deviations are known.
  public let deviation: [Double]?
  /// 1 on mis-indexed pixels that were left out, else 0, on held cells; nil after averaging.
  public let rejected: [Double]?
  /// What is reported.
  public let summary: ResidualSummary

  /// Solves the equilibrium, averages and differentiates.
  ///
  /// Collective.
  ///
  /// - Parameter work: is told the pixels when they begin.
  /// - Throws: ``ParallelError`` of kind `input` naming the channel that the image lacks, or when no
  ///   block of pixels lies in the mask.
  public init(
    _ image: ParticleImage, options: ResidualOptions, log: any RunLog, work: WorkShare? = nil
  ) throws(ParallelError) {
    let image = try image.withKnownDeviations(log)
    for channel in [.composition] + StrainParts.channels { _ = try image.values(channel) }
    let composition = try image.filled(.composition).values
    let pixels = image.numbering.globalCount
    work?.begin(Double(pixels), "\(image.name): \(pixels) pixels: equilibrium")
    var parts = try StrainParts(image, composition: composition, options: options)
    let rejected = try image.communicator.sum(
      parts.isRejected.isEmpty ? 0 : image.numbering.ownCells.count { parts.isRejected[$0] })
    // On the pixels as they are: blocks of them hide noise behind strain.
    var noise = try StrainNoise(parts)
    if options.bin > 1 {
      (parts, noise) = try parts.averaged(
        over: options.bin, composition: composition, noise: noise)
    }
    var sum = image.numbering.ownCells.reduce(0) { $0 + composition[$1] }
    sum = try image.communicator.sum(sum)
    try self.init(
      parts, noise, meanComposition: sum / Double(image.numbering.globalCount), rejected: rejected,
      log)
  }

  /// Takes the differences of given parts.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for channels that are missing, of kind `notConverged` when
  ///   the equilibrium cannot be solved.
  package init(
    _ parts: StrainParts, _ noise: StrainNoise, meanComposition: Double, rejected: Int = 0,
    _ log: any RunLog
  ) throws(ParallelError) {
    let image = parts.image
    let measured = try parts.measured()
    let residual = measured - parts.model
    let coherency = parts.model - parts.chemical
    let isValid = (0..<residual.count).map(residual.isFinite)
    let stencil = CompatibilityStencil(image, isValid: isValid)
    func map(_ strain: StrainImage) -> [Double] {
      var map = [Double](repeating: .nan, count: strain.count)
      for (cell, value) in zip(stencil.cells, stencil.incompatibility(of: strain)) {
        map[cell] = value
      }
      return map
    }
    let incompatibility = map(residual)
    let totalIncompatibility = map(measured)
    deviation = noise.isMeasured ? noise.norms : nil
    let valid = image.numbering.ownCells.filter { isValid[$0] }
    let variances = stencil.variance(of: noise.shortWaves, noise.correlation)
    let norms = noise.norms
    let means = try Self.meanSquares(
      [
        valid.map { residual[$0].frobeniusNorm }, valid.map { coherency[$0].frobeniusNorm },
        stencil.cells.map { incompatibility[$0] },
        stencil.cells.map { totalIncompatibility[$0] },
        valid.map { norms[$0] },
        variances.map { $0.squareRoot() },
        valid.map { parts.modelNoise?[$0].frobeniusNorm ?? 0 },
        parts.modelNoise.map(stencil.incompatibility) ?? stencil.cells.map { _ in 0 },
        variances,
      ], image.communicator)
    let meanVariance = means[5].root * means[5].root
    let spread = means[8].root * means[8].root / (meanVariance * meanVariance)
    let summary = ResidualSummary(
      name: image.name, pixelSize: image.pixelSize, meanComposition: meanComposition,
      pixels: means[0].count,
      masked: image.numbering.globalCount - means[0].count - (parts.isAveraged ? 0 : rejected),
      rejected: rejected, smearedAlongA: noise.widthA, smearedAlongC: noise.widthC,
      stencils: means[2].count, residual: means[0].root, coherency: means[1].root,
      incompatibility: means[2].root, totalIncompatibility: means[3].root,
      noiseStrain: hypotenuse(means[4].root, means[6].root),
      // An estimate from the residual holds what the noise of X puts there.
      noiseFloor: noise.isEstimated
        ? means[5].root : hypotenuse(means[5].root, means[7].root),
      relativeError: try noise.relativeError(
        of: means[2].count, spread: spread, image), noiseSource: noise.source,
      sigmaCorrelation: noise.isMeasured
        ? try Self.correlation(
          valid.map { residual[$0].frobeniusNorm }, valid.map { norms[$0] },
          image.communicator) : .nan)
    if summary.stencils == 0 {
      log.warn(
        "\(image.file): particle \(image.name): no 3 × 3 block of valid pixels, so no "
          + "incompatibility")
    } else if noise.isEstimated && summary.stencils < 100 {
      log.warn(
        "\(image.file): particle \(image.name): the noise is estimated from "
          + "\(summary.stencils) blocks of 3 × 3 pixels only")
    }
    self.rejected =
      parts.isAveraged
      ? nil : image.mask.indices.map { !parts.isRejected.isEmpty && parts.isRejected[$0] ? 1 : 0 }
    self.image = image
    self.residual = residual
    self.incompatibility = incompatibility
    self.totalIncompatibility = totalIncompatibility
    self.coherency = coherency
    self.summary = summary
  }

  /// The number of values over all ranks and their root mean square; NaN without any.
  ///
  /// Collective.
  private static func meanSquares(
    _ lists: [[Double]], _ communicator: Communicator
  ) throws(ParallelError) -> [(count: Int, root: Double)] {
    var sums = lists.flatMap { list in
      [Double(list.count), list.reduce(0) { $0 + $1 * $1 }]
    }
    try communicator.reduce(&sums, .sum)
    return lists.indices.map { (Int(sums[2 * $0]), (sums[2 * $0 + 1] / sums[2 * $0]).squareRoot()) }
  }

  /// Pearson's correlation over all ranks; NaN where one of the two does not vary.
  ///
  /// Collective.
  static func correlation(
    _ first: [Double], _ second: [Double], _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    var means = [Double(first.count), first.reduce(0, +), second.reduce(0, +)]
    try communicator.reduce(&means, .sum)
    let (x, y) = (means[1] / means[0], means[2] / means[0])
    var sums = [0.0, 0, 0]
    for (a, b) in zip(first, second) {
      sums[0] += (a - x) * (b - y)
      sums[1] += (a - x) * (a - x)
      sums[2] += (b - y) * (b - y)
    }
    try communicator.reduce(&sums, .sum)
    // A constant σ leaves rounding errors of its square, no variation.
    let isConstant = sums[2] <= 1e-20 * means[0] * y * y || sums[1] <= 1e-20 * means[0] * x * x
    return isConstant ? .nan : sums[0] / (sums[1] * sums[2]).squareRoot()
  }
}
