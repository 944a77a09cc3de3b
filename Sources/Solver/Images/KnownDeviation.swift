// SPDX-License-Identifier: Apache-2.0

package import Parallel

extension ParticleImage {
  /// A channel's standard deviations on held cells, or nil where they are not known: 0 or NaN
  /// anywhere inside the mask means that the stack does not know them.
  ///
  /// Collective.
  func knownDeviation(_ channel: Channel) throws(ParallelError) -> [Double]? {
    guard let sigma = sigmas[channel] else { return nil }
    let unknown = numbering.ownCells.count { !(sigma[$0] > 0 && sigma[$0].isFinite) }
    return try communicator.sum(unknown) == 0 ? sigma : nil
  }

  /// The image with the standard deviations that are known, the others dropped with a word.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func withKnownDeviations(_ log: any RunLog) throws(ParallelError) -> ParticleImage {
    var known = self
    for channel in Channel.allCases where sigmas[channel] != nil {
      known.sigmas[channel] = try knownDeviation(channel)
      if known.sigmas[channel] == nil {
        log.warn(
          "\(file): particle \(name): \(channel.sigmaName) is 0 or not a number somewhere in the "
            + "mask: not known")
      }
    }
    return known
  }
}
