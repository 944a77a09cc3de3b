import Foundation
public import Parallel

extension TimeStepper {
  /// The names of the fields of a state, in their order.
  static let fieldNames = ["composition", "potential", "u_a", "u_c", "u_b"]
  /// Their units.
  static let fieldUnits = ["1", "eV", "nm", "nm", "nm"]

  /// The name and version of the format of checkpoints.
  static let checkpointFormat = (name: "vegard-checkpoint", version: 1)

  /// Writes everything that a restart needs: three time levels, steps and counters.
  ///
  /// Collective. Written beside and renamed, so that a crash leaves the last one.
  public func writeCheckpoint(_ path: String, effectiveCase: String) throws(ParallelError) {
    let nodes = system.grid.fileShape.reduce(1, *)
    let datasets = (1 + old.count) * state.count
    try DiskSpace.require(
      datasets * (8 * nodes + 1024) + 16_384, beside: path, system.grid.communicator)
    let file = try OutputFile(path, communicator: system.grid.communicator)
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
          compressed: false)
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
    let (name, version) = TimeStepper.checkpointFormat
    let found = try file.attribute("format")?.text
    guard found == name else {
      throw ParallelError(
        .input, "\(path): found \(found ?? "no format"), expected a checkpoint (\(name))")
    }
    let written = try file.attribute("version")
    guard written?.wholeNumber == version else {
      let text = written?.shown ?? "nothing"
      throw ParallelError(
        .input, "\(path): attribute version: found \(text), expected \(version)")
    }
    let storedCase = try file.attribute("case")?.text ?? ""
    if let difference = CaseDifference.text(stored: storedCase, given: effectiveCase) {
      throw ParallelError(
        .input,
        "\(path): the checkpoint is of another case: \(difference); only until, output and the "
          + "solver may change")
    }
    func numbers(_ name: String, _ count: Int) throws(ParallelError) -> [Double] {
      guard let list = try file.attribute(name)?.list, list.count >= count else {
        throw ParallelError(.input, "\(path): the attribute \(name) is missing or too short")
      }
      return list
    }
    let stored = try numbers("levels", 1)[0]
    guard let levels = Int(exactly: stored), (0...2).contains(levels) else {
      throw ParallelError(.input, "\(path): found \(stored) older levels, expected at most 2")
    }
    let counters = try numbers("counters", 4).map { Int(exactly: $0) ?? -1 }
    guard counters.allSatisfy({ (0...1 << 48).contains($0) }) else {
      throw ParallelError(.input, "\(path): attribute counters: expected counts")
    }
    let energies = try numbers("energy", 2)
    let sizes = try numbers("old_steps", max(1, levels))
    var states: [Fields] = []
    for level in 0...levels {
      let fields = system.makeState()
      for component in 0..<fields.count {
        let dataset = "/levels/\(level)/\(TimeStepper.fieldNames[component])"
        let shape = try file.shape(of: dataset)
        guard shape == system.grid.fileShape else {
          throw ParallelError(
            .input,
            "\(path): dataset \(dataset): found shape \(shape), expected \(system.grid.fileShape)")
        }
        try system.grid.read(fields, component, from: dataset, of: file)
      }
      try fields.fillGhosts(system.grid.halo)
      states.append(fields)
    }
    resume(
      states, oldSteps: Array(sizes.prefix(levels)),
      times: (try numbers("time", 1)[0], try numbers("step", 1)[0], try numbers("last_step", 1)[0]),
      counters: counters, energy: (energies[0], energies[1]),
      startContent: try numbers("start_content", 1)[0])
  }
}

/// What differs between two effective cases.
enum CaseDifference {
  /// The first key of which the values differ, with both; nil when the cases are equal.
  static func text(stored: String, given: String) -> String? {
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
