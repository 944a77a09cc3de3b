// SPDX-License-Identifier: Apache-2.0

package import Parallel

extension ParticleImage {
  /// A map of the relative thickness, which multiplies stiffness and load.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where it is not positive everywhere in the mask: such
  ///   a pixel would carry no force.
  package func checked(thickness: [Double]?) throws(ParallelError) -> [Double]? {
    guard let thickness else { return nil }
    let wrong = try communicator.sum(numbering.ownCells.count { !(thickness[$0] > 0) })
    guard wrong == 0 else {
      throw ParallelError(
        .input,
        "\(file): particle \(name): dataset thickness is not a positive number in \(wrong) pixels "
          + "of the mask, expected a relative thickness in each")
    }
    return thickness
  }
}
