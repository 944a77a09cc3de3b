// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// How much a finite-strain reading changes the measured strain.
public struct FiniteStrainChange: Sendable {
  /// The root mean square of the change's Frobenius norm over valid pixels.
  public let rms: Double
  /// The largest change.
  public let largest: Double
}

extension ParticleImage {
  /// The image with its strain read as the stretch of the lattice, free of rotation.
  ///
  /// Collective.
  ///
  /// The measured strain and rotation are those of F = I + ∇d in fixed axes, to first order; a
  /// rotation of θ shortens these by θ²/2. The stretch is U − I with U² = FᵀF, whose eigenvalues are
  /// the lattice's own elongations. The rotation stays as it is.
  ///
  /// - Throws: ``ParallelError`` naming a channel that is missing.
  public func withStretch() throws(ParallelError) -> (
    image: ParticleImage, change: FiniteStrainChange
  ) {
    var stretched = self
    let fields = [
      try values(.strainAA), try values(.strainCC), try values(.strainAC), try values(.rotation),
    ]
    var sums = [0.0, 0.0]
    var largest = 0.0
    let own = Set(numbering.ownCells)
    for cell in fields[0].indices where mask[cell] {
      let (aa, cc) = (1 + fields[0][cell], 1 + fields[1][cell])
      let (ac, ca) = (fields[2][cell] - fields[3][cell], fields[2][cell] + fields[3][cell])
      // C = FᵀF, and its square root in two dimensions: (C + √det C · I) / √(tr C + 2 √det C).
      let c11 = aa * aa + ca * ca
      let c22 = ac * ac + cc * cc
      let c12 = aa * ac + ca * cc
      let root = abs(aa * cc - ac * ca)
      let scale = (c11 + c22 + 2 * root).squareRoot()
      let stretch = (
        aa: (c11 + root) / scale - 1, cc: (c22 + root) / scale - 1, ac: c12 / scale
      )
      stretched.channels[.strainAA]?[cell] = stretch.aa
      stretched.channels[.strainCC]?[cell] = stretch.cc
      stretched.channels[.strainAC]?[cell] = stretch.ac
      let change = (
        aa: stretch.aa - fields[0][cell], cc: stretch.cc - fields[1][cell],
        ac: stretch.ac - fields[2][cell]
      )
      let square = change.aa * change.aa + change.cc * change.cc + 2 * change.ac * change.ac
      guard square.isFinite, own.contains(cell) else { continue }
      sums[0] += square
      sums[1] += 1
      largest = max(largest, square.squareRoot())
    }
    try communicator.reduce(&sums, .sum)
    return (
      stretched,
      FiniteStrainChange(
        rms: (sums[0] / max(1, sums[1])).squareRoot(),
        largest: try communicator.maximum(largest))
    )
  }
}
