// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

/// A state in a checkpoint: X of all cells of all particles, what noise made of it, and Δφ.
extension EnsembleSystem: CheckpointedSystem {
  /// Eight for each number, and what the datasets take beside them.
  public var storedBytes: Int {
    (model.noise == nil ? 8 : 16) * model.factors.count * model.cells + 4096
  }

  /// This rank's part of a list of all cells.
  private var window: Window? {
    let cells = model.cells
    return particles.isEmpty
      ? nil : Window(particles.lowerBound * cells..<particles.upperBound * cells)
  }

  private func parts(_ state: EnsembleState) -> [(dataset: FileFormat.Dataset, numbers: Numbers)] {
    let all = [
      (CheckpointFormat.cells, state.composition), (CheckpointFormat.noise, state.noise),
    ]
    return model.noise == nil ? [all[0]] : all
  }

  /// Writes the particles, each rank its own.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(
    _ state: EnsembleState, to group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    for part in parts(state) {
      try file.write(
        part.dataset, part.numbers.array, in: group,
        sizes: ["cells": model.factors.count * model.cells], window: window, filter: .checked)
    }
    try file.set(CheckpointFormat.scalars, [state.overpotential, state.charge], of: group)
  }

  /// Reads the particles, each rank its own.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when a shape is another one's or a number is not
  ///   finite.
  public func readState(
    from group: String, of file: borrowing InputFile
  ) throws(ParallelError) -> EnsembleState {
    let state = makeState()
    let count = model.factors.count * model.cells
    for part in parts(state) {
      let dataset = part.dataset.path(in: group)
      let shape = try file.shape(of: dataset)
      guard shape == [count] else {
        throw ParallelError(
          .input, "\(file.path): dataset \(dataset): found shape \(shape), expected [\(count)]")
      }
      let found = try file.numbers(dataset, window: window ?? Window(0..<1))
      let values = particles.isEmpty ? [] : found
      let isFinite = values.allSatisfy(\.isFinite)
      guard try communicator.minimum(isFinite ? 1 : 0) > 0 else {
        throw ParallelError(
          .input, "\(file.path): dataset \(dataset): found a number that is not finite")
      }
      part.numbers.array = values
    }
    let scalars = try CheckpointFormat.scalars(of: group, file)
    (state.overpotential, state.charge) = (scalars[0], scalars[1])
    return state
  }
}
