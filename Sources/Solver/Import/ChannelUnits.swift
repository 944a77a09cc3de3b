public import Parallel
import Physics

/// The units of a file's strain and angle channels, as factors to ratios and radians.
///
/// Composition and mask are always ratios.
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
  ]
  private static let angles = [
    "degrees": degree, "degree": degree, "deg": degree, "radians": radian, "radian": radian,
    "rad": radian, "mrad": 1e-3 * radian,
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

  /// The factor for an attribute `units` of a dataset, or nil where it says nothing known.
  static func factor(of unit: String, for kind: ChannelLabel.Kind) -> Double? {
    let plain = unit.filter { !$0.isWhitespace }.lowercased()
    return switch kind {
    case .strain: strains[plain]
    case .angle: angles[plain]
    case .composition, .mask: 1
    }
  }

  /// What the values of a channel are multiplied by.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for an angle whose unit was not given.
  func factor(for label: ChannelLabel, in file: String) throws(ParallelError) -> Double {
    switch label.kind {
    case .strain: return strain * label.sign
    case .composition, .mask: return 1
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
