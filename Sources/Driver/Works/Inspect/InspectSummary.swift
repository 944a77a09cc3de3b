// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel
import Physics
import Yams

/// What a file is in a few lines: how far a run came, what a law says, who wrote it.
struct InspectSummary {
  /// A line: what it is called in JSON and on the screen, and what it says.
  private struct Line {
    let key: String
    let label: String
    let value: JSONValue
    let text: String
    let unit: String
  }

  private var lines: [Line] = []

  /// Gathers what the file's format has.
  ///
  /// Collective.
  init(_ file: borrowing InputFile, format: String) throws(ParallelError) {
    switch format {
    case Formats.run.name: try addRun(file)
    case Formats.ensemble.name: try addEnsemble(file)
    case Formats.checkpoint.name: try addCheckpoint(file)
    case Formats.law.name: try addLaw(file)
    default: break
    }
    for (name, label) in [
      ("vegard_version", "written by vegard"), ("vegard_commit", "of commit"), ("date", "begun"),
      ("command_line", "as"),
    ] {
      try add(name, label, attribute: name, file)
    }
  }

  /// The lines as a table, where there are some.
  func show(on console: Console) {
    guard !lines.isEmpty else { return }
    var table = Table("summary", "value", "unit")
    for line in lines { table.add(line.label, line.text, line.unit) }
    console.table(table)
  }

  /// The lines as an object.
  var json: JSONValue {
    .object(Dictionary(lines.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
  }

  private mutating func add(
    _ key: String, _ label: String, attribute: String, unit: String = "",
    _ file: borrowing InputFile
  ) throws(ParallelError) {
    switch try file.attribute(attribute) {
    case .texts(let texts):
      guard let text = texts.first, !text.isEmpty else { return }
      lines.append(Line(key: key, label: label, value: .text(text), text: text, unit: unit))
    case .numbers(let numbers):
      guard let number = numbers.first else { return }
      add(key, label, number, unit: unit)
    case .other, nil: break
    }
  }

  private mutating func add(_ key: String, _ label: String, _ number: Double, unit: String = "1") {
    lines.append(
      Line(
        key: key, label: label, value: .number(number), text: Table.number(number), unit: unit))
  }

  private typealias Column = (key: String, label: String, name: String, unit: String)

  private mutating func addRun(_ file: borrowing InputFile) throws(ParallelError) {
    try addCourse(
      file,
      [
        ("energy_chemical", "chemical energy", "energy_chemical", "eV nm3"),
        ("energy_elastic", "elastic energy", "energy_elastic", "eV nm3"),
      ])
  }

  private mutating func addEnsemble(_ file: borrowing InputFile) throws(ParallelError) {
    try addCourse(
      file,
      [
        ("mean_x", "mean composition", "mean_composition", "1"),
        ("voltage", "voltage", "voltage", "V"), ("current_C", "current", "current", "C"),
        ("capacity_mAh_per_g", "taken up", "capacity", "mAh/g"),
        ("drive_step", "step of the drive", "drive_step", "1"),
      ])
    if case .texts(let ends) = try file.attribute("ended"), !ends.isEmpty {
      let text = ends.joined(separator: ", ")
      lines.append(
        Line(key: "ended", label: "steps ended by", value: .text(text), text: text, unit: ""))
    }
    let isMany = try file.contains("particle")
    add("particles", "particles", isMany ? Double(try file.numbers("/particle").count) : 1)
  }

  /// How a run in time ended, and the last line of its history.
  private mutating func addCourse(
    _ file: borrowing InputFile, _ own: [Column]
  ) throws(ParallelError) {
    try add("status", "status", attribute: "status", file)
    try add("reason", "because", attribute: "reason", file)
    // A killed run may lack what is written at the end: each part is looked for.
    func last(_ column: String) throws(ParallelError) -> Double? {
      let path = "/history/\(column)"
      guard try file.contains(path), try file.elementType(of: path).isNumber else { return nil }
      return try file.numbers(path).last
    }
    let columns: [Column] =
      [
        ("steps", "accepted steps", "step", "1"), ("rejected", "rejected steps", "rejected", "1"),
        ("time_s", "time", "time", "s"),
      ] + own + [("mass_drift", "drift of the content", "mass_drift", "1")]
    if try file.contains("history") {
      for column in columns {
        guard let number = try last(column.name) else { continue }
        add(column.key, column.label, number, unit: column.unit)
      }
    }
    if try file.contains("steps") {
      add("stored_steps", "stored steps", Double(try file.members(of: "/steps").count))
    }
    try add("ranks", "ranks", attribute: "ranks", unit: "1", file)
  }

  private mutating func addCheckpoint(_ file: borrowing InputFile) throws(ParallelError) {
    if let counters = try file.attribute("counters")?.list, counters.count > 1 {
      add("steps", "accepted steps", counters[0])
      add("rejected", "rejected steps", counters[1])
    }
    try add("time_s", "time", attribute: "time", unit: "s", file)
    try add("next_step_s", "next step", attribute: "step", unit: "s", file)
    if let energy = try file.attribute("energy")?.list, energy.count > 1 {
      add("energy_chemical", "chemical energy", energy[0], unit: "eV nm3")
      add("energy_elastic", "elastic energy", energy[1], unit: "eV nm3")
    }
    guard try file.contains("levels"), try file.contains("levels/0"),
      try file.contains("levels/0/cells"), try file.elementType(of: "/levels/0/cells").isNumber
    else { return }
    let cells = try file.numbers("/levels/0/cells")
    if !cells.isEmpty {
      add("mean_x", "mean composition", cells.reduce(0, +) / Double(cells.count))
    }
    // The reference of the voltage is the case's.
    if let physics = try file.attribute("case")?.text,
      let scalars = try file.attribute("scalars", of: "/levels/0")?.list, let shift = scalars.first,
      let reaction = try? Yams.compose(yaml: physics)?.mapping?["reaction"]?.mapping,
      let words = reaction["voltage"]?.string,
      let reference = try? Quantity.parse(words, as: .potential)
    {
      add("voltage", "voltage", reference + shift, unit: "V")
    }
    if let place = try file.attribute("drive")?.list, place.count == 2 {
      add("drive_steps_done", "steps of the drive done", place[0])
    }
  }

  private mutating func addLaw(_ file: borrowing InputFile) throws(ParallelError) {
    try add("selected_model", "model", attribute: "selected_model", file)
    try add("selected_terms", "terms", attribute: "selected_terms", unit: "1", file)
    for (key, axis) in [("a", "a"), ("c", "c")] {
      let path = "/expansion/\(axis)"
      guard try file.contains("expansion"), try file.contains(path),
        try file.elementType(of: path).isNumber
      else { continue }
      let slope = try file.numbers(path)
      guard !slope.isEmpty else { continue }
      add(
        "expansion_\(key)", "mean expansion along \(axis)",
        100 * slope.reduce(0, +) / Double(slope.count), unit: "%")
    }
    if try file.contains("particles") {
      add("particles", "particles", Double(try file.members(of: "/particles").count))
    }
  }
}
