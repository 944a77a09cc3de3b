// SPDX-License-Identifier: Apache-2.0

public import Parallel

extension ParticleImage {
  /// A channel with its dead pixels filled harmonically from their neighbours.
  ///
  /// Collective.
  ///
  /// A dead pixel stays in the body: its composition still loads it, only the misfit leaves it out.
  ///
  /// - Returns: held values, finite everywhere in the mask, and the number of pixels filled on all
  ///   ranks.
  /// - Throws: ``ParallelError`` of kind `input` when a component has no live pixel, or the channel
  ///   is missing.
  public func filled(
    _ channel: Channel
  ) throws(ParallelError) -> (values: [Double], filled: Int) {
    let measured = try values(channel)
    let dead = numbering.ownCells.filter { !measured[$0].isFinite }
    let count = try communicator.sum(dead.count)
    guard count > 0 else { return (measured, 0) }
    let components = try Components(self)
    var live = [Int](repeating: 0, count: components.count)
    for cell in numbering.ownCells where measured[cell].isFinite {
      live[components.label[cell]] += 1
    }
    try communicator.reduce(&live, .sum)
    if let empty = live.firstIndex(of: 0) {
      throw ParallelError(
        .input,
        "\(file): particle \(name): dataset \(channel.rawValue) has no finite value in "
          + (components.count == 1
            ? "the mask"
            : "one of the mask's \(components.count) disconnected parts "
              + "(\(components.sizes[empty]) pixels)"))
    }
    let fixed = measured.map(\.isFinite)
    let zero = [Double](repeating: 0, count: measured.count)
    let solved = try PixelLaplacian(self, fixed: fixed).solve(
      [measured.map { $0.isFinite ? $0 : 0 }], sources: [zero])
    // Measured pixels keep their value to the last bit.
    let values = zip(measured, solved[0]).map { $0.isFinite ? $0 : $1 }
    return (values, count)
  }
}
