// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Parallel
import Physics

/// One line of a case: in a file, or with its effective density stated.
struct DiffractPeak: CaseMapping {
  private var reflection = Reflection(0, 0, 0)
  private var place = DiffractPlace()
  private var background = LineOptions.Background.curved
  private var instrument: DiffractInstrument?
  private var fit: DiffractFit?
  private var density: Double?
  private var deviation: Double?

  static var fields: [CaseField<DiffractPeak>] {
    let density = CaseForm.quantity(.dislocationDensity, "1/nm2")
    let file = DiffractPlace.fields.map { $0.of(\DiffractPeak.place) }
    return [.init("hkl", required: \.reflection, .indices, "the reflection")] + file + [
      .init(
        "background", \.background, .background,
        "`curved`, `flat` or a level; fitted unless it is one"),
      .init("fit", optional: \.fit, .mapping, unless: "the case's", "where moments are fitted"),
      .init(
        "instrument", optional: \.instrument, .mapping, unless: "the case's", "the standard's line"),
      .init(
        "effective_density", optional: \.density, density, unless: "from the file",
        "stated instead of a file"),
      .init(
        "sd", optional: \.deviation, .quantity(.dislocationDensity, "1/nm2", isPositive: true),
        unless: "none", "its standard deviation"),
    ]
  }

  init() {}

  /// The keys that say a request again.
  init(_ request: PeakRequest) {
    reflection = request.reflection
    switch request.source {
    case .stated(let density, let deviation): (self.density, self.deviation) = (density, deviation)
    case .line(let line):
      place = DiffractPlace(line.line)
      background = line.options.background
      fit = DiffractFit(options: line.options)
      instrument = line.instrument.map { DiffractInstrument($0) }
    }
  }

  /// As it is written again: a stated density has no other keys.
  var short: String {
    let stated = ["hkl", "effective_density", "sd"]
    let fields = DiffractPeak.fields.filter { density == nil || stated.contains($0.name) }
    return "{\(lines(fields).joined(separator: ", "))}"
  }

  /// Refuses what would be passed over: a stated density has no line, a line has its own errors.
  mutating func finish(_ keys: FieldKeys) throws {
    let isStated = keys.has("effective_density")
    guard isStated != keys.has("file") else {
      throw keys.problem(
        "file",
        "found \(isStated ? "both" : "neither") file and effective_density, expected one")
    }
    if isStated {
      for name in DiffractPeak.names
      where !["hkl", "file", "effective_density", "sd"].contains(name) && keys.has(name) {
        throw keys.problem(name, "goes with a file, not with a stated effective_density")
      }
    } else if keys.has("sd") {
      throw keys.problem(
        "sd", "goes with effective_density; a file's lines carry their own errors")
    }
  }

  /// The request, with what the case says for all lines.
  func request(_ common: DiffractDefaults, _ shared: DiffractInstrument?) -> PeakRequest {
    if let density {
      return PeakRequest(
        reflection: reflection, source: .stated(density: density, deviation: deviation))
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
struct DiffractPlace: CaseMapping {
  private var path: String?
  private var window: ClosedRange<Double>?
  private var centre: Double?
  var abscissa: DiffractionPattern.Abscissa?
  var columns: PatternColumns?
  var errors: DiffractionPattern.ErrorModel?
  var bank: Int?

  static var fields: [CaseField<DiffractPlace>] {
    [
      .init("file", optional: \.path, .text, unless: "none", "the pattern"),
      .init(
        "window", optional: \.window, .window, unless: "all of it",
        "two rising numbers in the unit of the abscissa"),
      .init(
        "centre", optional: \.centre, .number(), unless: "the peak's", "in the unit of the abscissa"
      ),
    ] + common
  }

  /// What a case may say for all of its files.
  static var common: [CaseField<DiffractPlace>] {
    [
      .init(
        "abscissa", optional: \.abscissa, .abscissa, unless: "two_theta",
        "degrees of 2θ, 4π sin θ/λ, d, or 1/d in 1/nm (q)"),
      .init(
        "columns", optional: \.columns, .columns, unless: "position, intensity, sigma",
        "what the file's columns are"),
      .init(
        "errors", optional: \.errors, .choice, unless: "auto", "how the errors of points are told"),
      .init(
        "bank", optional: \.bank, .integer(in: 1...9999), unless: "the first",
        "of a file of several"),
    ]
  }

  init() {}

  /// The keys that say a window again.
  init(_ window: LineRequest.FileWindow) {
    path = window.path
    self.window = window.window
    centre = window.centre
    (abscissa, columns) = (window.abscissa, window.columns)
    (errors, bank) = (window.errors, window.bank)
  }

  /// The window with what the case says for all lines.
  func window(_ common: DiffractDefaults) -> LineRequest.FileWindow {
    LineRequest.FileWindow(
      path: path ?? "", abscissa: abscissa ?? common.place.abscissa ?? .twoTheta,
      errors: errors ?? common.place.errors ?? .auto, columns: columns ?? common.place.columns,
      bank: bank ?? common.place.bank, window: window, centre: centre)
  }
}

/// The standard's line.
struct DiffractInstrument: CaseMapping {
  private var place = DiffractPlace()
  private var correction = LineRequest.Correction.moments

  static var fields: [CaseField<DiffractInstrument>] {
    DiffractPlace.fields.map { $0.of(\DiffractInstrument.place) } + [
      .init("method", \.correction, .choice, "how the line is freed of the instrument")
    ]
  }

  init() {}

  /// The keys that say a standard again.
  init(_ instrument: LineRequest.Instrument) {
    (place, correction) = (DiffractPlace(instrument.line), instrument.correction)
  }

  mutating func finish(_ keys: FieldKeys) throws {
    _ = try keys.text("file")
  }

  /// The request, with what the case says for all lines.
  func instrument(_ common: DiffractDefaults) -> LineRequest.Instrument {
    LineRequest.Instrument(line: place.window(common), correction: correction)
  }
}

/// Where the moments are fitted.
struct DiffractFit: CaseMapping {
  var options = LineOptions()

  static var fields: [CaseField<DiffractFit>] {
    [
      .init("start", \.options.start, .number(in: 0.5...1000), "in full widths"),
      .init(
        "end", optional: \.options.end, .number(in: 1...1e6), unless: "the window's",
        "in full widths"),
      .init("size", \.options.hasSize, .flag, "whether a size is fitted"),
      .init(
        "q0", optional: \.options.strainCutoff, .number(in: 1e-12...1e12), unless: "not fitted",
        "the cutoff of strain in 1/nm, the unit of c0"),
      .init(
        "largest_error", \.options.largestError, .share,
        "relative error up to which a density is determined"),
    ]
  }

  init() {}

  init(options: LineOptions) { self.options = options }

  mutating func finish(_ keys: FieldKeys) throws {
    if let end = options.end, end <= options.start {
      throw keys.problem(
        "end", "found \(end), expected more full widths than the start")
    }
  }
}
