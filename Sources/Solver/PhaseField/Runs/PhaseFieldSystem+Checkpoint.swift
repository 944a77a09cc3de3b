// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

/// A state in a checkpoint: a nodal field for each unknown, and for what noise has made; of a driven
/// body Δφ and its charge.
extension PhaseFieldSystem: CheckpointedSystem {
  /// All ranks of the grid.
  public var communicator: Communicator { grid.communicator }

  /// Eight for each number, and what a dataset takes beside them.
  public var storedBytes: Int { stored.count * (8 * grid.fileShape.reduce(1, *) + 1024) }

  /// The datasets of a state and the fields they hold.
  private var stored: [(dataset: FileFormat.Dataset, field: Int)] {
    let all = unknowns.map { (CheckpointFormat.field($0), $0.rawValue) }
    return model.noise == nil ? all : all + [(CheckpointFormat.fluxNoise, components)]
  }

  /// Writes the fields, each rank its own nodes.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(
    _ state: Fields, to group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    let names = grid.dimension == 2 ? ["my", "mx"] : ["mz", "my", "mx"]
    let sizes = Dictionary(uniqueKeysWithValues: zip(names, grid.fileShape))
    for part in stored {
      try file.write(
        part.dataset, grid.fileOrder(state, part.field), in: group, sizes: sizes,
        window: grid.nodeWindow, filter: .checked)
    }
    if surface != nil {
      try file.set(CheckpointFormat.scalars, [state.overpotential, state.charge], of: group)
    }
  }

  /// Reads the fields and fills their ghosts.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when a shape is another one's or a number is not
  ///   finite.
  public func readState(
    from group: String, of file: borrowing InputFile
  ) throws(ParallelError) -> Fields {
    let state = makeState()
    for part in stored {
      let dataset = part.dataset.path(in: group)
      let shape = try file.shape(of: dataset)
      guard shape == grid.fileShape else {
        throw ParallelError(
          .input,
          "\(file.path): dataset \(dataset): found shape \(shape), expected \(grid.fileShape)")
      }
      try grid.read(state, part.field, from: dataset, of: file)
      let lane = state[part.field]
      var isFinite = true
      forSolid { place, _ in if !lane[place].isFinite { isFinite = false } }
      guard try grid.communicator.minimum(isFinite ? 1 : 0) > 0 else {
        throw ParallelError(
          .input, "\(file.path): dataset \(dataset): found a number that is not finite")
      }
    }
    if surface != nil {
      let scalars = try CheckpointFormat.scalars(of: group, file)
      (state.overpotential, state.charge) = (scalars[0], scalars[1])
    }
    try state.fillGhosts(grid.halo)
    return state
  }

  /// Chemical and elastic.
  public func numbers(of energy: Energy) -> [Double] { [energy.chemical, energy.elastic] }

  /// Chemical and elastic.
  public func energy(from numbers: [Double]) -> Energy { (numbers[0], numbers[1]) }
}
