// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// How large the noise of a strain image is.
public enum WhiteNoise {
  /// The standard deviation of each component, estimated from the image itself.
  ///
  /// Collective.
  ///
  /// The median of |D|/(6 · 0.6745), with D the mixed fourth difference (1 −2 1)ᵀ(1 −2 1) over
  /// 3 × 3 pixels: smooth strain drops out of D, hot spots and interfaces in fewer than half of the
  /// pixels hardly move the median, and for normal noise that is independent from pixel to pixel
  /// the estimate is unbiased. Noise that is correlated between neighbours is underestimated.
  ///
  /// The answer does not depend on the number of ranks; NaN without any stencil.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public static func deviation(
    of strain: StrainImage, at stencil: CompatibilityStencil, communicator: Communicator
  ) throws(ParallelError) -> SymmetricTensor2 {
    let medians = try communicator.medians(
      of: [strain.aa, strain.cc, strain.ac].map { field in
        stencil.fourthDifference(of: field).map { abs($0) }
      })
    // Half of a normal distribution lies within 0.67449 standard deviations.
    let scale = 1 / (6 * 0.674_489_750_196_081_7)
    return SymmetricTensor2(
      aa: scale * medians[0], cc: scale * medians[1], ac: scale * medians[2])
  }
}
