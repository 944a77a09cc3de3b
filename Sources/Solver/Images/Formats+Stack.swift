// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// The image stack: maps of composition, strain and rotation of one or more particles.
  public static let stack = FileFormat(
    name: "chemomech-images", version: 2,
    summary: "Maps of composition, strain and rotation of one or more particles, one group each. "
      + "The first (slow) index of an image grows along +c, the second along +a. NaN is no data; "
      + "a particle may hold composition only or strain only. A particle's name has no slash and no "
      + "control characters, is not . or .., and has at most 200 bytes.",
    hasScales: true,
    root: .init(
      "/", .always, "the stack",
      attributes: ImageFormat.meanings + [
        .init(
          "axes", .text(StackNames.rootTexts["image_axes"]), .former, "the same as image_axes"),
        .init("NX_class", .text("NXroot"), .written, "lets silx and h5web open the file"),
        ImageFormat.first,
      ] + provenance,
      groups: [ImageFormat.particle]))
}

/// The objects of a stack of images.
package enum ImageFormat {
  package typealias Attribute = FileFormat.Attribute

  /// The texts that fix the meaning of the images.
  fileprivate static let meanings = StackNames.rootTexts.sorted { $0.key < $1.key }.map {
    $0.key == reference.name
      ? reference
      : Attribute(
        $0.key, .text($0.value), $0.key == "image_axes" ? .written : .always,
        "fixes the meaning of the images")
  }
  static let reference = Attribute(
    "reference", .text(), .always,
    "the lattice whose strain is zero, such as '\(StackNames.reference(1))' or "
      + "'X = 0 is strain zero'")
  static let first = Attribute(
    "default", .text(), .written, "the particle that a viewer shows first")

  static let particle = FileFormat.Group(
    "<particle>", .always, "one particle",
    attributes: [
      pixelSize, origin, role, nexusClass, signal,
      Attribute("axes", .texts(["c", "a"]), .written, "the datasets of the coordinates"), source,
      frame, trueLawA, trueLawC, trueMisregistration,
    ],
    datasets: ImageMap.all.map(\.dataset) + Formats.coordinates)

  /// The edge of a pixel.
  package static let pixelSize = Attribute(
    "pixel_size", .numbers(unit: "nm"), .always, "edge of the square pixels [nm]")
  /// Where the first pixel lies.
  package static let origin = Attribute(
    "origin", .numbers(2, unit: "nm"), .always, "(a, c) of the centre of pixel [0,0] [nm]")
  /// Whether the particle trains a law or tests it.
  package static let role = Attribute("role", .text(), .always, "train or test")
  static let nexusClass = Attribute(
    "NX_class", .text("NXdata"), .written, "lets silx and h5web open the group")
  static let signal = Attribute(
    "signal", .text(), .written, "the image that a viewer shows first")
  static let source = Attribute(
    "source", .text(), .optional, "the file it was imported from, and its format")
  static let frame = Attribute(
    "frame", .text(), .optional, "frame angle and handedness given at the import")

  static let trueLawA = Attribute(
    "true_law_a", .list(), .optional,
    "of a virtual particle: the coefficients along a of its law in the basis of a law file, which is zero "
      + "at the stack's reference")
  static let trueLawC = Attribute(
    "true_law_c", .list(), .optional, "the same along c")
  static let trueMisregistration = Attribute(
    "true_misregistration", .numbers(6), .optional,
    "of a virtual particle: M_aa, M_ac, t_a, M_ca, M_cc, t_c [nm] of the map r -> M r + t about the "
      + "middle of the image that brings a point of the strain map to its place in the composition map"
  )

  static let correlationLength = Attribute(
    "correlation_length", .numbers(), .optional,
    "how far the noise is correlated: the standard deviation in pixels of the Gaussian that white "
      + "noise would be convolved with")
}

extension ImageMap {
  /// The map as a dataset of a particle.
  package var dataset: FileFormat.Dataset {
    FileFormat.Dataset(
      name, ["ny", "nx"], as: self == .mask ? .byte : .double, unit: unit,
      called: longName, self == .mask ? .always : .optional, meaning,
      attributes: channel == nil ? [] : [ImageFormat.correlationLength])
  }
}
