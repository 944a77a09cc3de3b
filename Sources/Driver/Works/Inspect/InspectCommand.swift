// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Formats
import Parallel

/// Shows what a file holds and where it departs from its format.
struct InspectCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds.",
    discussion: """
      Ranges are taken inside the mask where there is one; masked counts the values without \
      data there. Any HDF5 file can be inspected; those of Vegard are held against their format.

      EXAMPLE
        vegard inspect stack.h5 --format json
      """)
  static let needsPETSc = false

  @Argument(help: ArgumentHelp("A stack, a law, a run or any HDF5 file.", valueName: "FILE.h5"))
  var file: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
    let opened = try InputFile(file, communicator: context.communicator)
    let name = try opened.attribute("format")?.text ?? "unknown"
    let version = try opened.attribute("version")
    var differences: [String] = []
    if let format = Formats.named(name) {
      guard let version, let number = version.wholeNumber, number >= 1 else {
        let text = version?.shown ?? "missing"
        throw ParallelError(
          .input, "\(file): attribute version is \(text), expected 1 to \(format.version)")
      }
      differences = try format.differences(in: opened, as: .read).map(\.line)
    }
    let summary = try InspectSummary(opened, format: name)
    let survey = try FileSurvey(opened)
    context.console.line("\(file): \(name)" + (version.map { " version \($0.shown)" } ?? ""))
    summary.show(on: context.console)
    var object: [String: JSONValue] = [
      "file": .text(file), "format": .text(name),
      "version": version?.number.map { .number($0) } ?? 0,
      "differences": .list(differences.map { .text($0) }),
    ]
    object["summary"] = summary.json
    let particles = try describeParticles(opened, survey, context.console)
    if !particles.isEmpty { object["particles"] = .object(particles) }
    object["datasets"] = .object(describeDatasets(survey, context.console))
    for line in differences { context.console.line("departs from the format: \(line)") }
    context.console.result(object)
  }

  /// The groups that hold a mask, with their geometry.
  private func describeParticles(
    _ opened: borrowing InputFile, _ survey: FileSurvey, _ console: Console
  ) throws(ParallelError) -> [String: JSONValue] {
    var table = Table("particle", "rows", "columns", "pixel [nm]", "a, c [nm]", "role", "pixels")
    var objects: [String: JSONValue] = [:]
    for mask in survey.entries where mask.path.hasSuffix("/mask") && mask.shape.count == 2 {
      let group = String(mask.path.dropLast("/mask".count))
      guard !group.isEmpty, let size = try opened.attribute("pixel_size", of: group)?.number
      else { continue }
      let name = group.split(separator: "/").last.map(String.init) ?? group
      let origin = try opened.attribute("origin", of: group)?.list ?? []
      let role = try opened.attribute("role", of: group)?.text
      // The mask is 0 and 1: its mean counts the pixels.
      let pixels = Int(((mask.range?.mean ?? 0) * Double(mask.count)).rounded())
      table.add(
        name, String(mask.shape[0]), String(mask.shape[1]), Table.number(size),
        origin.map { Table.number($0) }.joined(separator: ", "), role ?? Table.nothing,
        String(pixels))
      var object: [String: JSONValue] = [
        "shape": .list(mask.shape.map { .integer($0) }), "pixel_size_nm": .number(size),
        "origin_nm": .numbers(origin), "pixels": .integer(pixels),
      ]
      if let role { object["role"] = .text(role) }
      objects[name] = .object(object)
    }
    if !objects.isEmpty { console.table(table) }
    return objects
  }

  /// Shape, unit and range of each dataset; one that cannot be read is named with its reason, and the
  /// others are shown.
  private func describeDatasets(
    _ survey: FileSurvey, _ console: Console
  ) -> [String: JSONValue] {
    var table = Table(
      "dataset", "shape", "type", "unit", "minimum", "mean", "maximum", "masked")
    var objects: [String: JSONValue] = [:]
    var obstacles: [String] = []
    for entry in survey.entries {
      let range = entry.range
      table.add(
        entry.path, entry.shape.map(String.init).joined(separator: " x "), entry.type.rawValue,
        entry.unit ?? Table.nothing,
        Table.number(range?.minimum ?? .nan), Table.number(range?.mean ?? .nan),
        Table.number(range?.maximum ?? .nan), String(entry.masked))
      var object: [String: JSONValue] = [
        "shape": .list(entry.shape.map { .integer($0) }), "type": .text(entry.type.rawValue),
        "minimum": .number(range?.minimum ?? .nan), "mean": .number(range?.mean ?? .nan),
        "maximum": .number(range?.maximum ?? .nan), "masked": .integer(entry.masked),
      ]
      if let unit = entry.unit { object["units"] = .text(unit) }
      if let obstacle = entry.obstacle {
        obstacles.append("\(entry.path): \(obstacle)")
        object["obstacle"] = .text(obstacle)
      }
      objects[entry.path] = .object(object)
    }
    console.table(table)
    for obstacle in obstacles { console.line("cannot be read: \(obstacle)") }
    return objects
  }
}
