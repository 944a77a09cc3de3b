// SPDX-License-Identifier: Apache-2.0

/// Every format that Vegard writes, declared once, beside what it describes.
public enum Formats {
  /// Where a result comes from; root attributes of every output.
  public static let provenance: [FileFormat.Attribute] = [
    ProvenanceFormat.version, ProvenanceFormat.commit, ProvenanceFormat.commandLine,
    ProvenanceFormat.date,
    ProvenanceFormat.ranks, ProvenanceFormat.seed, ProvenanceFormat.effectiveCase,
  ]

  /// Coordinates of the pixels, the axes of images: of rows, then of columns.
  public static let coordinates: [FileFormat.Dataset] = [
    .init("c", ["ny"], unit: "nm", .written, "coordinate of the rows"),
    .init("a", ["nx"], unit: "nm", .written, "coordinate of the columns"),
  ]
}

/// The root attributes of provenance.
package enum ProvenanceFormat {
  package typealias Attribute = FileFormat.Attribute

  /// The program's version.
  package static let version = Attribute(
    "vegard_version", .text(), .optional, "the program's version")
  /// The commit of the program.
  package static let commit = Attribute(
    "vegard_commit", .text(), .optional, "the commit it was built from")
  /// What the user typed.
  package static let commandLine = Attribute(
    "command_line", .text(), .optional, "the words the user typed")
  /// When the run began.
  package static let date = Attribute("date", .text(), .optional, "when the run began, UTC")
  /// How many ranks ran.
  package static let ranks = Attribute(
    "ranks", .numbers(as: .integer), .optional, "number of ranks")
  /// The seed.
  package static let seed = Attribute(
    "seed", .numbers(as: .integer), .optional, "seed of the random numbers")
  /// The case as it was run.
  package static let effectiveCase = Attribute(
    "case", .text(), .optional, "the case as it was run, defaults filled in")
}
