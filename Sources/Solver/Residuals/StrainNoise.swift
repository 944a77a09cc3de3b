import Parallel
import Physics

/// The noise of a particle's strain, channel by channel from its sigma maps, else estimated.
struct StrainNoise {
  /// The variances of the components on held cells.
  let variances: StrainImage
  /// Where they come from.
  let source: ResidualSummary.NoiseSource

  /// Whether all three channels have sigma maps.
  var isMeasured: Bool { source == .sigmaMaps }
  /// Whether a channel had to be estimated.
  var isEstimated: Bool { source != .sigmaMaps }

  /// Takes the sigma maps that are known in the whole mask and estimates the rest. Collective.
  init(
    of residual: StrainImage, _ image: ParticleImage, at stencil: CompatibilityStencil
  ) throws(ParallelError) {
    let estimate = try WhiteNoise.deviation(
      of: residual, at: stencil, communicator: image.communicator)
    func variance(_ channel: Channel, _ estimated: Double) -> [Double] {
      image.sigmas[channel]?.map { $0 * $0 }
        ?? [Double](repeating: estimated * estimated, count: residual.count)
    }
    variances = StrainImage(
      aa: variance(.strainAA, estimate.aa), cc: variance(.strainCC, estimate.cc),
      ac: variance(.strainAC, estimate.ac))
    let known = StrainParts.channels.count { image.sigmas[$0] != nil }
    source =
      switch known {
      case 0: .estimate
      case StrainParts.channels.count: .sigmaMaps
      default: .mixed
      }
  }

  /// √(σ_aa² + σ_cc² + 2σ_ac²) on held cells: what noise alone gives the residual's norm.
  var norms: [Double] {
    (0..<variances.count).map { cell in
      (variances.aa[cell] + variances.cc[cell] + 2 * variances.ac[cell]).squareRoot()
    }
  }
}
