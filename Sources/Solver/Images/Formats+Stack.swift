// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// The image stack: maps of composition, strain and rotation of one or more particles.
  public static let stack = FileFormat(
    name: StackNames.format, version: StackNames.version,
    summary: "Maps of composition, strain and rotation of one or more particles, one group each. "
      + "The first (slow) index of an image grows along +c, the second along +a. NaN is no data; "
      + "a particle may hold composition only or strain only. A particle's name has no slash and no "
      + "control characters, is not . or .., and has at most 200 bytes.",
    hasScales: true,
    root: .init(
      "/", .always, "the stack",
      attributes: header(StackNames.format, StackNames.version)
        + StackNames.rootTexts.sorted { $0.key < $1.key }.map {
          .init(
            $0.key, .text($0.key == "reference" ? nil : $0.value),
            $0.key == "image_axes" ? .written : .always,
            $0.key == "reference"
              ? "the lattice whose strain is zero, such as '\($0.value)' or 'X = 0 is strain zero'"
              : "fixes the meaning of the images")
        } + [
          .init(
            "axes", .text(StackNames.rootTexts["image_axes"]), .former, "the same as image_axes"),
          .init("NX_class", .text("NXroot"), .written, "lets silx and h5web open the file"),
          .init("default", .text(), .written, "the particle that a viewer shows first"),
        ] + provenance,
      groups: [particle]))

  private static let particle = FileFormat.Group(
    "<particle>", .always, "one particle",
    attributes: [
      .init("pixel_size", .numbers(unit: "nm"), .always, "edge of the square pixels [nm]"),
      .init(
        "origin", .numbers(2, unit: "nm"), .always,
        "(a, c) of the centre of pixel [0,0] [nm]"),
      .init("role", .text(), .always, "train or test"),
      .init("NX_class", .text("NXdata"), .written, "lets silx and h5web open the group"),
      .init("signal", .text(), .written, "the image that a viewer shows first"),
      .init("axes", .texts(["c", "a"]), .written, "the datasets of the coordinates"),
      .init("source", .text(), .optional, "the file it was imported from, and its format"),
      .init("frame", .text(), .optional, "frame angle and handedness given at the import"),
    ],
    datasets: ImageMap.all.map(dataset) + coordinates)

  private static func dataset(_ map: ImageMap) -> FileFormat.Dataset {
    let correlation = FileFormat.Attribute(
      "correlation_length", .numbers(), .optional,
      "how far the noise is correlated: the standard deviation in pixels of the Gaussian that white "
        + "noise would be convolved with")
    return .init(
      map.name, ["ny", "nx"], as: map == .mask ? .byte : .double, unit: map.unit,
      map == .mask ? .always : .optional, map.meaning,
      attributes: map.channel == nil ? [] : [correlation])
  }
}
