// SPDX-License-Identifier: Apache-2.0

extension FileFormat {
  /// The format as a section of a Markdown page.
  public var markdown: String {
    var lines = ["## `\(name)`, version \(version)", "", summary, ""]
    if hasScales {
      lines += ["The axes of every array are HDF5 dimension scales, datasets beside it.", ""]
    }
    lines += ["| object | type | unit | presence | meaning |", "| --- | --- | --- | --- | --- |"]
    append(root, at: "", to: &lines)
    return lines.joined(separator: "\n") + "\n"
  }

  private func append(_ group: Group, at path: String, to lines: inout [String]) {
    let here = path.isEmpty ? "/" : path
    lines.append("| `\(here)` | group | | \(group.presence.rawValue) | \(group.meaning) |")
    lines += group.attributes.map { row($0, of: here) }
    for dataset in group.datasets {
      let place = path + "/" + dataset.name
      let type = "\(dataset.typeNames) (\(dataset.shape.joined(separator: ", ")))"
      lines.append(
        "| `\(place)` | \(type) | \(dataset.unit ?? "") | \(dataset.presence.rawValue) | "
          + "\(dataset.meaning)\(dataset.longName.map { "; @`long_name`: \"\($0)\"" } ?? "") |")
      lines += dataset.attributes.map { row($0, of: place) }
    }
    for child in group.groups { append(child, at: path + "/" + child.name, to: &lines) }
  }

  private func row(_ attribute: Attribute, of owner: String) -> String {
    var meaning = attribute.meaning
    var unit = ""
    let type: String
    switch attribute.content {
    case .text(let value):
      type = "text"
      meaning += value.map { ": \"\($0)\"" } ?? ""
    case .texts(let values):
      type = "texts"
      meaning += values.map { ": \($0)" } ?? ""
    case .numbers(let count, _, let itsUnit):
      type = count == 1 ? "number" : "\(count) numbers"
      unit = itsUnit ?? ""
    case .list(let itsUnit):
      type = "numbers"
      unit = itsUnit ?? ""
    }
    return "| `\(owner)` @`\(attribute.name)` | \(type) | \(unit) | "
      + "\(attribute.presence.rawValue) | \(meaning) |"
  }
}
