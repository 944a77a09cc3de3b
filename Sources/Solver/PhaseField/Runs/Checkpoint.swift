// SPDX-License-Identifier: Apache-2.0

import Formats
import Foundation
public import Parallel

extension TimeStepper {
  /// The names of the fields of a state, in their order.
  static let fieldNames = ["composition", "potential", "u_a", "u_c", "u_b"]
  /// Their units.
  static let fieldUnits = ["1", "eV", "nm", "nm", "nm"]

  /// The name and version of the format of checkpoints.
  static let checkpointFormat = (name: "vegard-checkpoint", version: 2)

  /// Writes everything that a restart needs: three time levels, steps and counters.
  ///
  /// Collective. Written beside and renamed, so that a crash leaves the last one. All of it has
  /// checksums, so that a damaged one is refused.
  public func writeCheckpoint(_ path: String, effectiveCase: String) throws(ParallelError) {
    let nodes = system.grid.fileShape.reduce(1, *)
    let datasets = (1 + old.count) * state.count
    try DiskSpace.require(
      datasets * (8 * nodes + 1024) + 16_384, beside: path, system.grid.communicator)
    let file = try OutputFile(path, isChecked: true, communicator: system.grid.communicator)
    try file.setAttribute("format", TimeStepper.checkpointFormat.name)
    try file.setAttribute("version", [Double(TimeStepper.checkpointFormat.version)], as: .integer)
    try file.setAttribute("case", effectiveCase)
    try file.setAttribute("time", [time])
    try file.setAttribute("step", [step])
    try file.setAttribute("last_step", [lastStep])
    try file.setAttribute("old_steps", oldSteps.isEmpty ? [0] : oldSteps)
    try file.setAttribute("levels", [Double(old.count)], as: .integer)
    try file.setAttribute(
      "counters", [steps, rejected, newton, krylov].map(Double.init), as: .integer)
    try file.setAttribute("start_content", [startContent])
    try file.setAttribute("energy", [energy.chemical, energy.elastic])
    for (level, fields) in ([state] + old).enumerated() {
      for component in 0..<fields.count {
        try system.grid.write(
          fields, component, as: "/levels/\(level)/\(TimeStepper.fieldNames[component])", to: file,
          filter: .checked)
      }
    }
    try file.commit()
  }

  /// Continues from a checkpoint.
  ///
  /// Collective. On the same ranks the run goes on bit for bit.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file is no checkpoint, is damaged, or is
  ///   another case's; the message says what differs.
  public func restore(_ path: String, effectiveCase: String) throws(ParallelError) {
    let file = try InputFile(path, communicator: system.grid.communicator)
    do throws(ParallelError) {
      try restore(file, effectiveCase)
    } catch {
      guard error.kind == .file else { throw error }
      throw ParallelError(.input, "\(path): the checkpoint is damaged: \(error.message)")
    }
  }

  private func restore(
    _ file: borrowing InputFile, _ effectiveCase: String
  ) throws(ParallelError) {
    let path = file.path
    let (name, version) = TimeStepper.checkpointFormat
    let found = try file.attribute("format")?.text
    guard found == name else {
      throw ParallelError(
        .input, "\(path): found \(found ?? "no format"), expected a checkpoint (\(name))")
    }
    let written = try file.attribute("version")
    guard let number = written?.wholeNumber, Formats.checkpoint.reads(Double(number)) else {
      throw ParallelError(
        .input,
        "\(path): attribute version: found \(written?.shown ?? "nothing"), expected "
          + "\(version - 1) or \(version)")
    }
    let storedCase = try file.attribute("case")?.text ?? ""
    if let difference = CaseDifference.text(stored: storedCase, given: effectiveCase) {
      throw ParallelError(
        .input,
        "\(path): the checkpoint is of another case: \(difference); only until, output and the "
          + "solver may change")
    }
    let scalars = try CheckpointNumbers(file)
    var states: [Fields] = []
    for level in 0...scalars.levels { states.append(try read(level, file)) }
    resume(
      states, oldSteps: scalars.oldSteps, times: scalars.times, counters: scalars.counters,
      energy: scalars.energy, startContent: scalars.startContent)
  }

  /// Reads one time level.
  private func read(
    _ level: Int, _ file: borrowing InputFile
  ) throws(ParallelError) -> Fields {
    let grid = system.grid
    let fields = system.makeState()
    for component in 0..<fields.count {
      let dataset = "/levels/\(level)/\(TimeStepper.fieldNames[component])"
      let shape = try file.shape(of: dataset)
      guard shape == grid.fileShape else {
        throw ParallelError(
          .input,
          "\(file.path): dataset \(dataset): found shape \(shape), expected \(grid.fileShape)")
      }
      try grid.read(fields, component, from: dataset, of: file)
      let lane = fields[component]
      var isFinite = true
      system.forSolid { place, _ in if !lane[place].isFinite { isFinite = false } }
      guard try grid.communicator.minimum(isFinite ? 1 : 0) > 0 else {
        throw ParallelError(
          .input, "\(file.path): dataset \(dataset): found a number that is not finite")
      }
    }
    try fields.fillGhosts(grid.halo)
    return fields
  }
}

/// The numbers of a checkpoint beside its fields, within what they can be.
private struct CheckpointNumbers {
  let levels: Int
  let oldSteps: [Double]
  let times: (Double, Double, Double)
  let counters: [Int]
  let energy: (Double, Double)
  let startContent: Double

  /// Collective.
  init(_ file: borrowing InputFile) throws(ParallelError) {
    levels = Int(try CheckpointNumbers.list("levels", 1, in: 0...2, isWhole: true, file)[0])
    let counters = try CheckpointNumbers.list("counters", 4, in: 0...1e15, isWhole: true, file)
    self.counters = counters.map { Int($0) }
    let huge = Double.greatestFiniteMagnitude
    let energies = try CheckpointNumbers.list("energy", 2, in: -huge...huge, file)
    energy = (energies[0], energies[1])
    let sizes = try CheckpointNumbers.list("old_steps", max(1, levels), in: 0...huge, file)
    oldSteps = Array(sizes.prefix(levels))
    let times = try ["time", "step", "last_step"].map { name throws(ParallelError) in
      try CheckpointNumbers.list(name, 1, in: 0...huge, file)[0]
    }
    self.times = (times[0], times[1], times[2])
    startContent = try CheckpointNumbers.list("start_content", 1, in: -huge...huge, file)[0]
  }

  private static func list(
    _ name: String, _ count: Int, in range: ClosedRange<Double>, isWhole: Bool = false,
    _ file: borrowing InputFile
  ) throws(ParallelError) -> [Double] {
    guard let list = try file.attribute(name)?.list, list.count >= count else {
      throw ParallelError(.input, "\(file.path): the attribute \(name) is missing or too short")
    }
    if let wrong = list.first(where: { number in
      !range.contains(number) || (isWhole && number != number.rounded())
    }) {
      throw ParallelError(
        .input,
        "\(file.path): attribute \(name): found \(wrong), expected "
          + "\(isWhole ? "a whole number" : "a number") from \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return list
  }
}

/// What differs between two effective cases.
enum CaseDifference {
  /// The first key of which the values differ, with both; nil when the cases are equal.
  package static func text(stored: String, given: String) -> String? {
    guard stored != given else { return nil }
    func entries(_ text: String) -> [(key: String, value: String)] {
      text.split(separator: "\n").map { line in
        let parts = line.split(separator: ":", maxSplits: 1).map {
          String($0).trimmingCharacters(in: .whitespaces)
        }
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
      }
    }
    let (old, new) = (entries(stored), entries(given))
    for (key, value) in new {
      let other = old.first { $0.key == key }?.value
      if other != value {
        return "\(key): found \(value), the file has \(other ?? "no such key")"
      }
    }
    let gone = old.first { entry in !new.contains { $0.key == entry.key } }
    return gone.map { "\($0.key): not given, the file has \($0.value)" }
      ?? "keys in another order"
  }
}
