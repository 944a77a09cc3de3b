// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// A line of a powder pattern that is to be analysed.
public struct PeakRequest: Sendable {
  /// Where the effective density comes from.
  public enum Source: Sendable {
    /// From a line of a measured pattern.
    case line(LineRequest)
    /// It is stated, with its standard deviation if that is known, in 1/nm².
    case stated(density: Double, deviation: Double?)
  }

  /// The reflection.
  public var reflection: Reflection
  /// Where the effective density comes from.
  public var source: Source

  /// A request.
  public init(reflection: Reflection, source: Source) {
    self.reflection = reflection
    self.source = source
  }
}

/// A line in a file.
public struct LineRequest: Sendable {
  /// How the instrument's broadening is taken off.
  public enum Correction: String, CaseIterable, Sendable {
    /// The standard's restricted moments are subtracted.
    case moments
    /// Fourier coefficients are divided.
    case fourier
  }

  /// The standard's line and what is done with it.
  public struct Instrument: Sendable {
    /// The standard's line.
    public var line: FileWindow
    /// What is done with it.
    public var correction: Correction

    /// An instrument.
    public init(line: FileWindow, correction: Correction) {
      self.line = line
      self.correction = correction
    }
  }

  /// A window of a pattern's file.
  public struct FileWindow: Sendable {
    /// The path.
    public var path: String
    /// What the positions are.
    public var abscissa: DiffractionPattern.Abscissa
    /// Where the errors come from.
    public var errors: DiffractionPattern.ErrorModel
    /// What the columns of the file are; nil for the usual order.
    public var columns: PatternColumns?
    /// The bank of a GSAS file.
    public var bank: Int?
    /// The window in the abscissa's unit; nil is the whole file.
    public var window: ClosedRange<Double>?
    /// The centre where it is known.
    public var centre: Double?

    /// A window of a file.
    public init(
      path: String, abscissa: DiffractionPattern.Abscissa = .twoTheta,
      errors: DiffractionPattern.ErrorModel = .auto, columns: PatternColumns? = nil,
      bank: Int? = nil,
      window: ClosedRange<Double>? = nil, centre: Double? = nil
    ) {
      self.path = path
      self.abscissa = abscissa
      self.errors = errors
      self.columns = columns
      self.bank = bank
      self.window = window
      self.centre = centre
    }

    /// The line in it.
    ///
    /// Collective.
    func profile(
      _ radiation: Radiation?, name: String, _ communicator: Communicator
    ) throws(ParallelError) -> LineProfile {
      let pattern = try PatternFile.read(
        path, abscissa: abscissa, model: errors, columns: columns, bank: bank,
        communicator: communicator)
      return try LineProfile(
        pattern, window: window, wavelength: radiation?.wavelength, centre: centre, name: name)
    }
  }

  /// Where it is.
  public var line: FileWindow
  /// How it is analysed.
  public var options: LineOptions
  /// The standard, if there is one.
  public var instrument: Instrument?

  /// A request.
  public init(line: FileWindow, options: LineOptions, instrument: Instrument? = nil) {
    self.line = line
    self.options = options
    self.instrument = instrument
  }
}

/// A line of a powder pattern with its effective density.
public struct PowderPeak: Sendable {
  /// The reflection.
  public let reflection: Reflection
  /// ρ* in 1/nm² and its standard deviation; that is NaN where nobody states one.
  public let density: Measured
  /// The analysis; nil where ρ* was stated.
  public let analysis: LineAnalysis?
  /// How the instrument was taken off; nil for not at all.
  public let correction: LineRequest.Correction?
  /// What the user should know.
  public let warnings: [String]

  /// Analyses all lines.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - requests: the lines.
  ///   - radiation: needed for patterns over angles.
  ///   - crystals: the phases, whose mean spacing says where a line is expected.
  ///   - communicator: all ranks.
  /// - Returns: the lines in the order asked for.
  /// - Throws: ``ParallelError`` of kind `input` when windows overlap, a reflection comes twice or
  ///   is out of reach, or a pattern is unfit; of kind `file` when one cannot be read.
  public static func analyse(
    _ requests: [PeakRequest], radiation: Radiation?, crystals: [Crystal],
    communicator: Communicator
  ) throws(ParallelError) -> [PowderPeak] {
    try checkOverlap(requests)
    var peaks: [PowderPeak] = []
    for request in requests {
      let name = request.reflection.description
      guard request.reflection != Reflection(0, 0, 0) else {
        throw ParallelError(.input, "peak \(name): 0 0 0 is not a reflection")
      }
      let expected =
        crystals.reduce(0) { $0 + 1 / $1.cell.spacing(request.reflection) }
        / Double(max(crystals.count, 1))
      if let radiation, expected * radiation.wavelength > 2 {
        throw ParallelError(
          .input,
          "peak \(name): out of reach: d = \(1 / expected) nm is below half the wavelength, "
            + "\(radiation.wavelength / 2) nm")
      }
      switch request.source {
      case .stated(let density, let deviation):
        guard density >= 0, density.isFinite, deviation.map({ $0 > 0 && $0.isFinite }) ?? true
        else {
          throw ParallelError(
            .input, "peak \(name): found the effective density \(density), expected 0 or more")
        }
        peaks.append(
          PowderPeak(
            reflection: request.reflection, density: Measured(density, deviation ?? .nan),
            analysis: nil, correction: nil, warnings: []))
      case .line(let line):
        peaks.append(
          try PowderPeak(
            request.reflection, line, radiation: radiation, expected: expected, communicator))
      }
    }
    return peaks
  }

  private static func checkOverlap(_ requests: [PeakRequest]) throws(ParallelError) {
    for (index, first) in requests.enumerated() {
      for second in requests[..<index] {
        guard first.reflection != second.reflection else {
          throw ParallelError(.input, "the reflection \(first.reflection) comes twice")
        }
        guard case .line(let one) = first.source, case .line(let other) = second.source,
          one.line.path == other.line.path, one.line.bank == other.line.bank
        else { continue }
        let everything = -Double.infinity...Double.infinity
        let (a, b) = (one.line.window ?? everything, other.line.window ?? everything)
        guard a.lowerBound < b.upperBound, b.lowerBound < a.upperBound else { continue }
        throw ParallelError(
          .input,
          "the windows of the peaks \(second.reflection) (\(text(b))) and \(first.reflection) "
            + "(\(text(a))) of \(one.line.path) overlap: the tail of one would count for the other")
      }
    }
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    range.lowerBound.isFinite ? "\(range.lowerBound) to \(range.upperBound)" : "the whole file"
  }

  private init(
    reflection: Reflection, density: Measured, analysis: LineAnalysis?,
    correction: LineRequest.Correction?, warnings: [String]
  ) {
    self.reflection = reflection
    self.density = density
    self.analysis = analysis
    self.correction = correction
    self.warnings = warnings
  }

  private init(
    _ reflection: Reflection, _ request: LineRequest, radiation: Radiation?, expected: Double,
    _ communicator: Communicator
  ) throws(ParallelError) {
    let name = reflection.description
    var profile = try request.line.profile(radiation, name: name, communicator)
    var warnings: [String] = []
    if let sentence = try PositionCheck.sentence(
      centre: profile.centre, expected: expected, abscissa: request.line.abscissa,
      wavelength: radiation?.wavelength, name: name)
    {
      warnings.append(sentence)
    }
    var doubt: String?
    if request.line.abscissa == .twoTheta, let radiation {
      let ends = (profile.offsets.first ?? 0)...(profile.offsets.last ?? 0)
      // Closer than the line is wide, the second line changes the tails by less than their errors.
      if let found = radiation.doublet(centre: profile.centre, window: ends) {
        if found.offset > profile.fullWidth {
          doubt = found.sentence
        } else {
          warnings.append("peak \(name): \(found.sentence)")
        }
      }
    }
    var instrument: InstrumentLine?
    if let known = request.instrument {
      let standard = try known.line.profile(
        radiation, name: "\(name), standard", communicator)
      switch known.correction {
      case .moments:
        instrument = try InstrumentLine(standard, name: "peak \(name), standard")
      case .fourier:
        profile = try FourierCorrection.corrected(profile, standard: standard, name: name)
      }
    }
    let analysis = LineAnalysis(
      profile, request.options, instrument: instrument, doubt: doubt)
    let scatter = analysis.doubt == nil ? profile.scatter(beyond: analysis.window.lowerBound) : 1
    if profile.filter.isEmpty, scatter < 0.5 {
      warnings.append(
        "peak \(name): neighbouring points scatter \(String(format: "%.2g", scatter)) times as much "
          + "as their errors say: smoothed data look better than they are, and so does what follows"
      )
    }
    if abs(profile.asymmetry) > 0.1 {
      let share = (profile.asymmetry * 1000).rounded() / 10
      warnings.append(
        "peak \(name): its sides differ by \(share) % of the area; "
          + "symmetrised, the mean of both counts")
    }
    if let doubt = analysis.doubt { warnings.append("peak \(name): \(doubt)") }
    self.init(
      reflection: reflection, density: analysis.density, analysis: analysis,
      correction: request.instrument?.correction, warnings: warnings)
  }
}
