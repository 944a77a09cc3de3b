// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

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
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func writeCheckpoint(
    _ path: String, effectiveCase: String, drive: DrivePlace? = nil
  ) throws(ParallelError) {
    let (record, communicator) = (record, system.communicator)
    try DiskSpace.require(
      record.levels.count * system.storedBytes + 16_384, beside: path, communicator)
    let file = try OutputFile(path, isChecked: true, communicator: communicator)
    try file.start(as: Formats.checkpoint)
    try file.set(CheckpointFormat.physics, effectiveCase)
    try file.set(CheckpointFormat.time, record.time)
    try file.set(CheckpointFormat.step, record.step)
    try file.set(CheckpointFormat.lastStep, record.lastStep)
    try file.set(CheckpointFormat.oldSteps, record.oldSteps.isEmpty ? [0] : record.oldSteps)
    try file.set(CheckpointFormat.olderLevels, record.levels.count - 1)
    try file.set(
      CheckpointFormat.counters,
      [record.steps, record.rejected, record.newton, record.krylov].map(Double.init))
    // As many as the system has: the declared ones are the phase field's.
    for (attribute, numbers) in [
      (CheckpointFormat.invariants, record.startInvariants),
      (CheckpointFormat.energy, system.numbers(of: record.energy)),
    ] where !numbers.isEmpty {
      try file.setAttribute(attribute.name, numbers)
    }
    if let drive {
      try file.set(CheckpointFormat.drive, [Double(drive.index), drive.began])
    }
    for (level, state) in record.levels.enumerated() {
      try system.write(state, to: CheckpointFormat.path(ofLevel: level), of: file)
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
    try Formats.checkpoint.checkName(of: file, advice: "a restart needs a checkpoint")
    try Formats.checkpoint.checkVersion(of: file)
    let storedCase = try file.attribute(CheckpointFormat.physics)?.text ?? ""
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

extension DrivePlace {
  /// Where the protocol of a checkpoint's run was.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the checkpoint has none, or one out of range.
  public static func read(
    _ path: String, steps: Int, _ communicator: Communicator
  ) throws(ParallelError) -> DrivePlace {
    let file = try InputFile(path, communicator: communicator)
    let numbers = try CheckpointNumbers.list(
      CheckpointFormat.drive, 2, in: 0...Double.greatestFiniteMagnitude, file)
    let index = min(Int(min(numbers[0], 1e9)), steps)
    return DrivePlace(index: index, began: numbers[1])
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
    let older = Int(
      try CheckpointNumbers.list(CheckpointFormat.olderLevels, 1, in: 0...2, isWhole: true, file)[0]
    )
    let counters = try CheckpointNumbers.list(
      CheckpointFormat.counters, 4, in: 0...1e15, isWhole: true, file
    )
    .map { Int($0) }
    (steps, rejected, newton, krylov) = (counters[0], counters[1], counters[2], counters[3])
    let parts = system.numbers(of: energy).count
    if parts > 0 {
      energy = system.energy(
        from: try CheckpointNumbers.list(CheckpointFormat.energy, parts, in: -huge...huge, file))
    }
    let sizes = try CheckpointNumbers.list(
      CheckpointFormat.oldSteps, max(1, older), in: 0...huge, file)
    oldSteps = Array(sizes.prefix(older))
    time = try CheckpointNumbers.list(CheckpointFormat.time, 1, in: 0...huge, file)[0]
    step = try CheckpointNumbers.list(CheckpointFormat.step, 1, in: 0...huge, file)[0]
    lastStep = try CheckpointNumbers.list(CheckpointFormat.lastStep, 1, in: 0...huge, file)[0]
    let count = startInvariants.count
    if count > 0 {
      let found = try CheckpointNumbers.list(
        CheckpointFormat.invariants, count, in: -huge...huge, file)
      startInvariants = Array(found.prefix(count))
    }
    levels = []
    for level in 0...older {
      levels.append(try system.readState(from: CheckpointFormat.path(ofLevel: level), of: file))
    }
  }
}

/// The numbers of a checkpoint beside its states.
private enum CheckpointNumbers {
  /// Collective.
  static func list(
    _ attribute: FileFormat.Attribute, _ count: Int, in range: ClosedRange<Double>,
    isWhole: Bool = false,
    _ file: borrowing InputFile
  ) throws(ParallelError) -> [Double] {
    guard let list = try file.attribute(attribute)?.list, list.count >= count else {
      throw ParallelError(
        .input, "\(file.path): the attribute \(attribute.name) is missing or too short")
    }
    if let wrong = list.first(where: { number in
      !range.contains(number) || (isWhole && number != number.rounded())
    }) {
      throw ParallelError(
        .input,
        "\(file.path): attribute \(attribute.name): found \(wrong), expected "
          + "\(isWhole ? "a whole number" : "a number") from \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return list
  }
}
