// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Parallel
import Physics

/// One line of a case: in a file, or with its effective density stated.
struct DiffractPeak: Decodable {
  private let reflection: Reflection
  private let place: DiffractPlace?
  private let background: LineOptions.Background
  private let instrument: DiffractInstrument?
  private let fit: DiffractFit?
  private let density: Double?
  private let deviation: Double?

  private enum Key: String, CaseKey {
    case hkl, file, window, background, centre, abscissa, columns, errors, bank, instrument, fit
    case effectiveDensity = "effective_density"
    case sd
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    guard let indices = try? keys.nested(.hkl, [Int].self), indices.count == 3 else {
      throw keys.problem(.hkl, "expected three whole numbers such as [1, 0, 1]")
    }
    reflection = Reflection(indices[0], indices[1], indices[2])
    let isStated = keys.has(.effectiveDensity)
    guard isStated != keys.has(.file) else {
      throw keys.problem(
        .file, "found \(isStated ? "both" : "neither") file and effective_density, expected one")
    }
    density =
      isStated ? try keys.quantity(.effectiveDensity, .dislocationDensity) : nil
    deviation = try keys.optional(.sd, default: nil) {
      try keys.positiveQuantity($0, .dislocationDensity)
    }
    if isStated {
      for key in Key.allCases
      where ![Key.hkl, .file, .effectiveDensity, .sd].contains(key) && keys.has(key) {
        throw keys.problem(key, "goes with a file, not with a stated effective_density")
      }
    } else if keys.has(.sd) {
      throw keys.problem(.sd, "goes with effective_density; a file's lines carry their own errors")
    }
    place =
      isStated
      ? nil
      : DiffractPlace(
        path: try keys.text(.file),
        window: try keys.optional(.window, default: nil) { key in
          try DiffractPlace.window(try keys.nested(key, [Double].self)) {
            keys.problem(key, $0)
          }
        },
        centre: try keys.optional(.centre, default: nil) { try keys.number($0) },
        abscissa: try keys.optional(.abscissa, default: nil, keys.abscissa),
        columns: try keys.optional(.columns, default: nil, keys.columns),
        errors: try keys.optional(.errors, default: nil) { try keys.choice($0) },
        bank: try keys.optional(.bank, default: nil) { try keys.integer($0, in: 1...9999) })
    background = try keys.optional(.background, default: .curved) { key in
      switch try keys.text(key) {
      case "fitted", "curved": .curved
      case "flat": .flat
      default: .known(try keys.number(key, in: 0...1e300))
      }
    }
    instrument = try keys.optional(.instrument, default: nil) { try keys.nested($0) }
    fit = try keys.optional(.fit, default: nil) { try keys.nested($0) }
  }

  /// The request, with what the case says for all lines.
  func request(_ common: DiffractDefaults, _ shared: DiffractInstrument?) -> PeakRequest {
    guard let place else {
      return PeakRequest(
        reflection: reflection, source: .stated(density: density ?? 0, deviation: deviation))
    }
    var options = fit?.options ?? common.options
    options.background = background
    let line = LineRequest(
      line: place.window(common), options: options,
      instrument: (instrument ?? shared)?.instrument(common))
    return PeakRequest(reflection: reflection, source: .line(line))
  }
}

/// A window of a file.
struct DiffractPlace {
  var path: String
  var window: ClosedRange<Double>?
  var centre: Double?
  var abscissa: DiffractionPattern.Abscissa?
  var columns: PatternColumns?
  var errors: DiffractionPattern.ErrorModel?
  var bank: Int?

  /// Two rising numbers in the unit of the abscissa.
  static func window(
    _ ends: [Double], _ problem: (String) -> CaseError
  ) throws -> ClosedRange<Double> {
    guard ends.count == 2, ends[0] < ends[1], ends.allSatisfy(\.isFinite) else {
      throw problem(
        "found \(ends), expected two rising numbers in the abscissa's unit (degrees of 2θ, 1/nm, 1/Å or Å)"
      )
    }
    return ends[0]...ends[1]
  }

  /// The window with what the case says for all lines.
  func window(_ common: DiffractDefaults) -> LineRequest.FileWindow {
    LineRequest.FileWindow(
      path: path, abscissa: abscissa ?? common.abscissa, errors: errors ?? common.errors,
      columns: columns ?? common.columns, bank: bank ?? common.bank, window: window, centre: centre)
  }
}

/// The standard's line.
struct DiffractInstrument: Decodable {
  private let place: DiffractPlace
  private let correction: LineRequest.Correction

  private enum Key: String, CaseKey {
    case file, window, method, centre, abscissa, columns, errors, bank
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    place = DiffractPlace(
      path: try keys.text(.file),
      window: try keys.optional(.window, default: nil) { key in
        try DiffractPlace.window(try keys.nested(key, [Double].self)) { keys.problem(key, $0) }
      },
      centre: try keys.optional(.centre, default: nil) { try keys.number($0) },
      abscissa: try keys.optional(.abscissa, default: nil, keys.abscissa),
      columns: try keys.optional(.columns, default: nil, keys.columns),
      errors: try keys.optional(.errors, default: nil) { try keys.choice($0) },
      bank: try keys.optional(.bank, default: nil) { try keys.integer($0, in: 1...9999) })
    correction = try keys.optional(.method, default: .moments) { try keys.choice($0) }
  }

  /// The request, with what the case says for all lines.
  func instrument(_ common: DiffractDefaults) -> LineRequest.Instrument {
    LineRequest.Instrument(line: place.window(common), correction: correction)
  }
}

/// Where the moments are fitted.
struct DiffractFit: Decodable {
  var options = LineOptions()

  private enum Key: String, CaseKey {
    case start, end, size
    case cutoff = "q0"
    case largestError = "largest_error"
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    options.start = try keys.optional(.start, default: options.start) {
      try keys.number($0, in: 0.5...1000)
    }
    options.end = try keys.optional(.end, default: nil) { try keys.number($0, in: 1...1e6) }
    options.hasSize = try keys.optional(.size, default: true, keys.flag)
    // In 1/nm, the unit of c0.
    options.strainCutoff = try keys.optional(.cutoff, default: nil) {
      try keys.number($0, in: 1e-12...1e12)
    }
    options.largestError = try keys.optional(.largestError, default: options.largestError) {
      try keys.quantity($0, .ratio)
    }
    if let end = options.end, end <= options.start {
      throw keys.problem(.end, "found \(end), expected more full widths than the start")
    }
  }
}
