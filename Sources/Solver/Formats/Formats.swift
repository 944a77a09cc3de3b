// SPDX-License-Identifier: Apache-2.0

/// Every format that Vegard writes, declared once, beside what it describes.
public enum Formats {
  /// The root attributes that every format has.
  public static func header(_ name: String, _ version: Int) -> [FileFormat.Attribute] {
    [
      .init("format", .text(name), .always, "names the format"),
      .init("version", .numbers(), .always, "\(version); a reader of version N reads N-1"),
    ]
  }

  /// Where a result comes from; root attributes of every output.
  public static let provenance: [FileFormat.Attribute] = [
    .init("vegard_version", .text(), .optional, "the program's version"),
    .init("vegard_commit", .text(), .optional, "the commit it was built from"),
    .init("command_line", .text(), .optional, "the words the user typed"),
    .init("date", .text(), .optional, "when the run began, UTC"),
    .init("ranks", .numbers(), .optional, "number of ranks"),
    .init("seed", .numbers(), .optional, "seed of the random numbers"),
    .init("case", .text(), .optional, "the case as it was run, defaults filled in"),
  ]

  /// Coordinates of the pixels, the axes of images.
  public static let coordinates: [FileFormat.Dataset] = [
    .init("c", ["ny"], unit: "nm", .written, "coordinate of the rows"),
    .init("a", ["nx"], unit: "nm", .written, "coordinate of the columns"),
  ]
}
