// SPDX-License-Identifier: Apache-2.0

import Foundation
import Instruments
import Physics

/// The microscope of `image`.
struct InstrumentKeys: CaseMapping {
  private(set) var microscope = Microscope()
  private var tilt = TiltKeys()
  private var misregistration: MisregistrationKeys?
  private var measures = Measures.all
  private var noise = NoiseKeys()
  private var statesNoise = true
  private(set) var seed = 1

  /// What is measured.
  private enum Measures: String, CaseIterable { case all, composition }

  static var fields: [CaseField<InstrumentKeys>] {
    [
      .init(
        "pixel_size", \.microscope.pixelSize, .length,
        "the side of a pixel, at least that of a cell of what is imaged"),
      .init(
        "blur", \.microscope.blur, .blur,
        "standard deviation of the Gaussian that spreads each point before it meets the pixels"),
      .init(
        "probe", optional: \.microscope.probe, .blur, unless: "that of the composition",
        "the same of strain and rotation"),
      .init(
        "tilt", \.tilt, .mapping, unless: "none",
        "the angles between the beam and b; places are those halfway down the depth"),
      .init(
        "misregistration", optional: \.misregistration, .mapping, unless: "none",
        "how the composition map lies over the strain map, about the middle of the image"),
      .init(
        "coverage", \.microscope.coverage, .number(in: 0.01...1),
        "the share of a pixel below material from which on it is in the mask"),
      .init(
        "measures", \.measures, .choice,
        "composition, strain and rotation, or the composition alone"),
      .init("noise", \.noise, .noise, unless: "none", "what is added to the image"),
      .init(
        "noise_stated", \.statesNoise, .flag,
        "whether the stack says how large the noise is and over how many pixels it is smeared"),
      .init("seed", \.seed, .integer(), "of the noise, and of what is drawn of a specimen"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws { arrange() }

  /// Puts the parts of the microscope together.
  mutating func arrange() {
    microscope.tilt = tilt.angles
    microscope.misregistration = misregistration?.map ?? PlaneMap()
    microscope.hasStrain = measures == .all
  }

  /// The noise of the image.
  var imageNoise: InstrumentNoise {
    var noise = noise.noise
    noise.isStated = statesNoise
    return noise
  }
}

/// The angles between the beam and b.
private struct TiltKeys: CaseMapping {
  var angles = SIMD2<Double>.zero

  static var fields: [CaseField<TiltKeys>] {
    [
      .init("a", \.angles.x, .tilt, "towards a, about c"),
      .init("c", \.angles.y, .tilt, "towards c, about a"),
    ]
  }
}

/// How the composition map lies over the strain map.
private struct MisregistrationKeys: CaseMapping {
  private var shift = SIMD2<Double>.zero
  private var rotation = 0.0
  private var stretch = SIMD2(1.0, 1.0)

  static var fields: [CaseField<MisregistrationKeys>] {
    [
      .init("a", \.shift.x, .place, "how far it has moved along a"),
      .init("c", \.shift.y, .place, "along c"),
      .init("rotation", \.rotation, .quantity(.angle, "rad"), "how far it is turned, from a to c"),
      .init("scale_a", \.stretch.x, .number(in: 0.5...2), "how much longer it is along a"),
      .init("scale_c", \.stretch.y, .number(in: 0.5...2), "along c"),
    ]
  }

  /// The map: stretched, then turned, then moved.
  var map: PlaneMap {
    let (cosine, sine) = (cos(rotation), sin(rotation))
    return PlaneMap(
      alongA: stretch.x * SIMD2(cosine, sine), alongC: stretch.y * SIMD2(-sine, cosine),
      shift: shift)
  }
}

extension CaseForm where Value == Double {
  /// A width that may be zero.
  fileprivate static var blur: CaseForm {
    CaseForm(
      words: "in \(Dimension.length.unitList)",
      read: { keys, key in
        let value = try keys.quantity(key, .length)
        guard value >= 0 else { throw keys.problem(key, "found \(value) nm, expected 0 or more") }
        return value
      }, text: { "\($0) nm" })
  }

  /// An angle at which a beam still passes through.
  fileprivate static var tilt: CaseForm {
    CaseForm(
      words: "in \(Dimension.angle.unitList)",
      read: { keys, key in
        let value = try keys.quantity(key, .angle)
        guard abs(value) <= 80 * degree else {
          throw keys.problem(
            key, "found \(value / degree) degree, expected -80 to 80 degree")
        }
        return value
      }, text: { "\($0) rad" })
  }
}
