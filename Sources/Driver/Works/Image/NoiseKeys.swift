// SPDX-License-Identifier: Apache-2.0

import Instruments
import Physics

/// The noise of an instrument: `instrument`, a level, or its keys.
struct NoiseKeys: CaseMapping {
  private(set) var noise = InstrumentNoise()
  private var rotation: Double?
  private var compositionCorrelation: Double?

  /// The name of the noise that published images have.
  static let preset = "instrument"

  static var fields: [CaseField<NoiseKeys>] {
    [
      .init(
        "strain", \.noise.strain, .noiseLevel,
        "standard deviation of ε_aa, ε_cc and ε_ac (tensor shear)"),
      .init(
        "rotation", optional: \.rotation, .rotationNoise, unless: "that of the strain, in rad",
        "of the rotation"),
      .init("composition", \.noise.composition, .positiveShare, "of the composition"),
      .init(
        "correlation", \.noise.correlation, .number(in: 0...100),
        "the noise is white noise convolved with a Gaussian of this standard deviation, in pixels"),
      .init(
        "composition_correlation", optional: \.compositionCorrelation, .number(in: 0...100),
        unless: "that of the strain", "the same of the composition's"),
      .init("outliers", \.noise.outliers, .portion, "the share of pixels that are mis-indexed"),
      .init(
        "outlier_size", \.noise.outlierSize, .number(in: 0...10),
        "strain and rotation of these are off by ± this"),
      .init("dead_pixels", \.noise.deadPixels, .portion, "the share of pixels without data"),
      .init("dead_lines", \.noise.deadLines, .portion, "the share of rows without data"),
      .init(
        "clip", \.noise.isClipped, .flag, "whether the composition is cut at 0 and 1"),
    ]
  }

  init() {}

  init(from decoder: any Decoder) throws {
    guard let text = try? decoder.singleValueContainer().decode(String.self) else {
      try self.init(FieldKeys(decoder, names: NoiseKeys.names))
      return
    }
    self.init()
    if text == NoiseKeys.preset {
      noise = .instrument
    } else {
      guard let level = NoiseKeys.level(text) else {
        throw CaseError(
          decoder.codingPath,
          "found \"\(text)\", expected \(NoiseKeys.preset), a level such as 5 % or 3.5e-3, or the "
            + "keys of a noise")
      }
      (noise.strain, noise.rotation) = (level, level)
    }
    (rotation, compositionCorrelation) = (noise.rotation, noise.compositionCorrelation)
  }

  /// n % of the strain between the phases, or a strain as a number; nil for anything else.
  fileprivate static func level(_ text: String) -> Double? {
    guard let value = try? Quantity.parse(text, as: .ratio), value >= 0, value.isFinite else {
      return nil
    }
    return text.contains("%") || text.contains("percent") ? value * InstrumentNoise.unit : value
  }

  mutating func finish(_ keys: FieldKeys) throws {
    noise.rotation = rotation ?? noise.strain
    noise.compositionCorrelation = compositionCorrelation ?? noise.correlation
    (rotation, compositionCorrelation) = (noise.rotation, noise.compositionCorrelation)
  }
}

extension CaseForm where Value == NoiseKeys {
  /// A noise by its name, its level or its keys.
  static var noise: CaseForm {
    CaseForm(
      words: "`\(NoiseKeys.preset)`, a level, or `{\(NoiseKeys.names.joined(separator: ", "))}`",
      parts: { NoiseKeys.paths }, read: { try $0.nested($1) }, text: { $0.flow })
  }
}

extension CaseForm where Value == Double {
  /// A level of noise.
  fileprivate static var noiseLevel: CaseForm {
    CaseForm(
      words: "a number, or a percentage of \(InstrumentNoise.unit)",
      read: { keys, key in
        let text = try keys.text(key)
        guard let level = NoiseKeys.level(text) else {
          throw keys.problem(
            key, "found \"\(text)\", expected a level such as 5 % or 3.5e-3")
        }
        return level
      }, text: { "\($0)" })
  }

  /// A level of noise in radian, or an angle.
  fileprivate static var rotationNoise: CaseForm {
    CaseForm(
      words: "an angle in \(Dimension.angle.unitList)",
      read: { keys, key in
        let value = try keys.quantity(key, .angle)
        guard value >= 0 else {
          throw keys.problem(key, "found \(value) rad, expected 0 or more")
        }
        return value
      }, text: { "\($0) rad" })
  }

  /// A share that may be none.
  fileprivate static var positiveShare: CaseForm {
    CaseForm(
      words: "a share",
      read: { keys, key in
        let value = try keys.quantity(key, .ratio)
        guard value >= 0 else { throw keys.problem(key, "found \(value), expected 0 or more") }
        return value
      }, text: { "\($0)" })
  }

  /// A share of all.
  fileprivate static var portion: CaseForm {
    CaseForm(
      words: "a share from 0 to 1",
      read: { keys, key in
        let value = try keys.quantity(key, .ratio)
        guard (0...1).contains(value) else {
          throw keys.problem(key, "found \(value), expected 0 to 1")
        }
        return value
      }, text: { "\($0)" })
  }
}
