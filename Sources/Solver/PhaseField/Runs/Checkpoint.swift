// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

/// The name and version of the format of checkpoints.
enum CheckpointFormat {
  static let name = "vegard-checkpoint"
  static let version = 2
}

/// A system whose runs can be restarted from a file: it writes and reads states, the stepper its
/// numbers.
public protocol CheckpointedSystem: ImplicitSystem {
  /// The ranks that share a state.
  var communicator: Communicator { get }
  /// Bytes that a state takes in a file.
  var storedBytes: Int { get }

  /// Writes a state into a group.
  ///
  /// Collective.
  func write(
    _ state: State, to group: String, of file: borrowing OutputFile
  ) throws(ParallelError)

  /// Reads a state from a group.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when it is none of this system.
  func readState(
    from group: String, of file: borrowing InputFile
  ) throws(ParallelError) -> State

  /// The energy as numbers, always as many.
  func numbers(of energy: Energy) -> [Double]
  /// The energy that these numbers say.
  func energy(from numbers: [Double]) -> Energy
}

extension CheckpointedSystem where Energy == Void {
  /// None.
  public func numbers(of energy: Energy) -> [Double] { [] }
  /// Nothing.
  public func energy(from numbers: [Double]) {}
}

extension TimeStepper where System: CheckpointedSystem {
  /// Writes everything that a restart needs: three time levels, steps and counters.
  ///
  /// Collective. Written beside and renamed, so that a crash leaves the last one. All of it has
  /// checksums, so that a damaged one is refused.
  public func writeCheckpoint(_ path: String, effectiveCase: String) throws(ParallelError) {
    let (record, communicator) = (record, system.communicator)
    try DiskSpace.require(
      record.levels.count * system.storedBytes + 16_384, beside: path, communicator)
    let file = try OutputFile(path, isChecked: true, communicator: communicator)
    try file.setAttribute("format", CheckpointFormat.name)
    try file.setAttribute("version", [Double(CheckpointFormat.version)], as: .integer)
    try file.setAttribute("case", effectiveCase)
    try file.setAttribute("time", [record.time])
    try file.setAttribute("step", [record.step])
    try file.setAttribute("last_step", [record.lastStep])
    try file.setAttribute("old_steps", record.oldSteps.isEmpty ? [0] : record.oldSteps)
    try file.setAttribute("levels", [Double(record.levels.count - 1)], as: .integer)
    try file.setAttribute(
      "counters", [record.steps, record.rejected, record.newton, record.krylov].map(Double.init),
      as: .integer)
    if !record.startInvariants.isEmpty {
      try file.setAttribute("start_content", record.startInvariants)
    }
    let energy = system.numbers(of: record.energy)
    if !energy.isEmpty { try file.setAttribute("energy", energy) }
    for (level, state) in record.levels.enumerated() {
      try system.write(state, to: "/levels/\(level)", of: file)
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
    let file = try InputFile(path, communicator: system.communicator)
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
    let (name, version) = (CheckpointFormat.name, CheckpointFormat.version)
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
    var record = record
    try record.read(system, file)
    resume(record)
  }
}

extension StepRecord where System: CheckpointedSystem {
  /// Takes the numbers of a checkpoint, within what they can be, and its time levels.
  ///
  /// Collective. What the record held says how many numbers the system has.
  mutating func read(
    _ system: System, _ file: borrowing InputFile
  ) throws(ParallelError) {
    let huge = Double.greatestFiniteMagnitude
    let older = Int(try CheckpointNumbers.list("levels", 1, in: 0...2, isWhole: true, file)[0])
    let counters = try CheckpointNumbers.list("counters", 4, in: 0...1e15, isWhole: true, file)
      .map { Int($0) }
    (steps, rejected, newton, krylov) = (counters[0], counters[1], counters[2], counters[3])
    let parts = system.numbers(of: energy).count
    if parts > 0 {
      energy = system.energy(
        from: try CheckpointNumbers.list("energy", parts, in: -huge...huge, file))
    }
    let sizes = try CheckpointNumbers.list("old_steps", max(1, older), in: 0...huge, file)
    oldSteps = Array(sizes.prefix(older))
    time = try CheckpointNumbers.list("time", 1, in: 0...huge, file)[0]
    step = try CheckpointNumbers.list("step", 1, in: 0...huge, file)[0]
    lastStep = try CheckpointNumbers.list("last_step", 1, in: 0...huge, file)[0]
    let count = startInvariants.count
    if count > 0 {
      let found = try CheckpointNumbers.list("start_content", count, in: -huge...huge, file)
      startInvariants = Array(found.prefix(count))
    }
    levels = []
    for level in 0...older {
      levels.append(try system.readState(from: "/levels/\(level)", of: file))
    }
  }
}

/// The numbers of a checkpoint beside its states.
private enum CheckpointNumbers {
  /// Collective.
  static func list(
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
