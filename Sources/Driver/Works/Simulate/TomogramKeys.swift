// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics

/// A tomogram: an array of a file, how its voxels lie in the box, and what of them is solid.
struct TomogramKeys: CaseMapping {
  /// What becomes of parts that do not touch the largest.
  enum FragmentKind: String, CaseIterable { case keep, remove }

  var file = ""
  private var dataset: String?
  private var voxel: Directions<Double>?
  private var origin: OriginKeys?
  private var axes: [Tomogram.Axis]?
  private var threshold: Double?
  private var solid: Tomogram.Side?
  private var smoothing: Double?
  private(set) var fragments = FragmentKind.keep

  static var fields: [CaseField<TomogramKeys>] {
    [
      .init(
        "file", required: \.file, .text, "an HDF5 file, or a TIFF stack (`.tif`, a page a layer)"),
      .init(
        "dataset", optional: \.dataset, .text, unless: CasePath.required,
        "the array of an HDF5 file"),
      .init(
        "voxel", optional: \.voxel, .extents, unless: "what the array declares, or the box over it",
        "the edges of a voxel, or one for all; an HDF5 array may declare them as `element_size_um`"),
      .init(
        "origin", optional: \.origin, .mapping, unless: "0 nm",
        "where the outer corner of the first voxel lies in the box"),
      .init(
        "axes", optional: \.axes, .choices(), unless: "[b, c, a]; [c, a] in two dimensions",
        "the directions of the array's dimensions, slowest first; pages of a TIFF are the slowest"),
      .init(
        "threshold", optional: \.threshold, .number(), unless: "none",
        "the value at the surface of the solid. Without it, numbers from 0 to 1 are shares of material, "
          + "averaged over each element"),
      .init(
        "solid", optional: \.solid, .choice, unless: "above",
        "the side of `threshold` that is solid"),
      .init(
        "smoothing", optional: \.smoothing, .place,
        unless: "\(Tomogram.Surface.usualSmoothing) of the longest edge of a voxel",
        "the standard deviation of the Gaussian before `threshold`; 0 nm for none"),
      .init(
        "fragments", \.fragments, .choice,
        "`remove` takes out what does not touch the largest part; with `keep` a solid in parts is refused"
      ),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    if TIFFStack.isNamed(file) {
      guard dataset == nil else {
        throw keys.problem("dataset", "found \(dataset ?? ""), expected none with a TIFF file")
      }
    } else if dataset == nil {
      throw keys.problem("dataset", "found nothing, expected the array of \(file)")
    }
    for name in ["solid", "smoothing"] where keys.has(name) && threshold == nil {
      throw keys.problem(name, "found it without threshold, to which it belongs")
    }
    if let smoothing, smoothing < 0 {
      throw keys.problem("smoothing", "found \(smoothing) nm, expected at least 0 nm")
    }
    if let axes, Set(axes).count < axes.count || !axes.contains(.a) || !axes.contains(.c) {
      throw keys.problem(
        "axes",
        "found [\(axes.map(\.rawValue).joined(separator: ", "))], expected each of a, c, b once")
    }
  }

  /// The tomogram; the path is relative to `folder`.
  func tomogram(in folder: String) -> Tomogram {
    Tomogram(
      file: CaseFolder.path(file, in: folder), dataset: dataset ?? "", voxel: voxel,
      origin: origin?.place ?? Directions(0, 0, 0), axes: axes ?? [],
      surface: threshold.map {
        Tomogram.Surface(threshold: $0, solid: solid ?? .above, smoothing: smoothing)
      })
  }
}

/// A place in the box.
private struct OriginKeys: CaseMapping {
  var place = Directions(0.0, 0, 0)

  static var fields: [CaseField<OriginKeys>] {
    [
      .init("a", \.place.x, .place, "along a"), .init("c", \.place.y, .place, "along c"),
      .init("b", \.place.z, .place, "along b"),
    ]
  }
}
