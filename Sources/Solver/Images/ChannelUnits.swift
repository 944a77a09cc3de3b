// SPDX-License-Identifier: Apache-2.0

public import Parallel
import Physics

/// The units of a file's strain and angle channels, as factors to ratios and radians.
///
/// Composition, thickness and mask are always ratios.
public struct ChannelUnits: Sendable, Equatable {
  /// What strains are multiplied by.
  public let strain: Double
  /// What angles are multiplied by; nil where they were not given.
  public let angle: Double?

  /// Ratios and radians.
  static let plain = ChannelUnits(strain: 1, angle: 1)

  private init(strain: Double, angle: Double?) {
    self.strain = strain
    self.angle = angle
  }

  private static let strains = [
    "percent": percent, "%": percent, "fraction": 1, "ratio": 1, "1": 1, "permille": 1e-3,
    "strain": 1, "dimensionless": 1, "none": 1, "microstrain": 1e-6, "ppm": 1e-6,
  ]
  private static let angles = [
    "degrees": degree, "degree": degree, "deg": degree, "radians": radian, "radian": radian,
    "rad": radian, "mrad": 1e-3 * radian, "1": radian,
  ]

  /// Reads the option `--units`, such as "percent,degrees" or "fraction,radians".
  ///
  /// - Throws: ``ParallelError`` of kind `input` that names the accepted words.
  public init(parsing text: String) throws(ParallelError) {
    var strain: Double?
    var angle: Double?
    for word in text.split(separator: ",") {
      let plain = word.filter { !$0.isWhitespace }.lowercased()
      if let factor = ChannelUnits.strains[plain], strain == nil {
        strain = factor
      } else if let factor = ChannelUnits.angles[plain], angle == nil {
        angle = factor
      } else {
        let words = ["percent", "fraction", "permille", "degrees", "radians", "mrad"]
        let advice = nearestName(to: plain, among: words).map { "; did you mean \($0)?" } ?? ""
        throw ParallelError(
          .input,
          "--units \(text): found \"\(word)\", expected a strain unit (percent, fraction or "
            + "permille) and an angle unit (degrees, radians or mrad)\(advice)")
      }
    }
    guard let strain else {
      throw ParallelError(
        .input, "--units \(text): found no strain unit, expected percent, fraction or permille")
    }
    self.init(strain: strain, angle: angle)
  }

  /// What the attribute `units` of a dataset makes of its values; nil where it has none.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a unit that the channel cannot have.
  package static func declared(
    by dataset: String, for map: ImageMap, in file: borrowing InputFile
  ) throws(ParallelError) -> Double? {
    guard map != .mask, let found = try file.attribute("units", of: dataset) else { return nil }
    let plain = (found.text ?? "").filter { !$0.isWhitespace }.lowercased()
    if found.text != nil, plain.isEmpty { return nil }
    let known = map.kind == .angle ? angles : strains
    guard let factor = known[plain] else {
      throw ParallelError(
        .input,
        "\(file.path): dataset \(dataset): attribute units is "
          + "\(found.text.map { "'\($0)'" } ?? found.kind), expected one of "
          + known.keys.sorted().joined(separator: ", "))
    }
    return factor
  }

  /// What the values of a channel are multiplied by.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for an angle whose unit was not given.
  package func factor(for label: ChannelLabel, in file: String) throws(ParallelError) -> Double {
    switch label.map.kind {
    case .strain: return strain * label.sign
    case .ratio: return 1
    case .angle:
      guard let angle else {
        throw ParallelError(
          .input,
          "\(file): found a rotation without its unit, expected --units with degrees or radians")
      }
      return angle * label.sign
    }
  }
}
