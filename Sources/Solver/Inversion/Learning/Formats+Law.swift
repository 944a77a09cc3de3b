// SPDX-License-Identifier: Apache-2.0

public import Formats
import Images

extension Formats {
  /// The learned law: eigenstrain and expansion as functions of composition, with their bands.
  public static let law = FileFormat(
    name: "vegard-law", version: 2,
    summary: "Chemical expansion learned from image stacks: coefficients, curves with 95 % bands, "
      + "errors by number of terms, and per particle what the model leaves unexplained.",
    hasScales: true,
    root: .init(
      "/", .always, "the law",
      attributes: [LawFormat.selectedModel, LawFormat.selectedTerms] + provenance,
      groups: [
        LawFormat.law, LawFormat.averagedExpansion.group, LawFormat.histogram, LawFormat.pixels,
        LawFormat.sensitivity, LawFormat.models, LawFormat.particles,
      ]))
}

/// The objects of a law file.
enum LawFormat {
  typealias Attribute = FileFormat.Attribute
  typealias Dataset = FileFormat.Dataset
  typealias Group = FileFormat.Group

  static let selectedModel = Attribute(
    "selected_model", .text(), .always, "the model of /law and /expansion")
  static let selectedTerms = Attribute(
    "selected_terms", .numbers(as: .integer), .always,
    "its number of terms N by the Bayesian criterion")

  // MARK: Coefficients

  /// Coefficients of a law with what numbers their axes; `size` stands for the number of terms.
  struct Unknowns: Sendable {
    let component, term, unknown, otherUnknown, coefficients, covariance: Dataset
    let terms, basis: Attribute

    init(
      _ size: String, _ presence: FileFormat.Presence, basis basisPresence: FileFormat.Presence,
      covariance meaning: String = ""
    ) {
      terms = Attribute("terms", .numbers(as: .integer), presence, "number of terms \(size)")
      basis = Attribute(
        "basis", .text(), basisPresence,
        "of both components: 'anchored Legendre on [0,1]' is L_n(2X-1) - L_n(1), 'Legendre on "
          + "[0,1], zero at reference_composition' takes off L_n(2X_r-1)")
      component = Dataset("component", ["2"], as: .text, unit: nil, .written, "a, c")
      term = Dataset("term", [size], as: .integer, .written, "1 to \(size)")
      unknown = Dataset(
        "unknown", ["2\(size)"], as: .integer, .written,
        "1 to 2\(size), the coefficients in their order: those of a first")
      otherUnknown = Dataset(
        "other_unknown", ["2\(size)"], as: .integer, .written, "the same, for the second axis")
      coefficients = Dataset(
        "coefficients", ["2", size], presence, "of the a strain (row 0) and the c strain")
      covariance = Dataset(
        "covariance", ["2\(size)", "2\(size)"], presence,
        "of the coefficients, those of a first" + meaning)
    }

    /// All of them, in the order of documents.
    var datasets: [Dataset] {
      [component, term, unknown, otherUnknown, coefficients, covariance]
    }
  }

  static let reference = Attribute(
    "reference_composition", .numbers(), .written,
    "X_r, at which the law is zero: strains refer to that lattice; 1 where missing")

  // MARK: The law that readers take by default

  static let law = Group(
    averagedLaw.group.name, .always, averagedLaw.group.meaning,
    attributes: [averaged.terms, averaged.basis, reference],
    datasets: averagedLaw.datasets + averaged.datasets + [dataShare])

  static let averaged = Unknowns("T", .written, basis: .written)
  static let dataShare = Dataset(
    "data_share", ["2", "T"], .written,
    "what of a coefficient the data say, the rest being the prior's")

  // MARK: Curves

  /// Curves of a law or its derivative, with their bands.
  struct Curves: Sendable {
    /// A column with its numbers.
    struct Column: Sendable {
      let dataset: Dataset
      let values: @Sendable (LawCurves) -> [Double]
    }

    let group: Group
    let composition: Dataset
    /// Values and bands.
    let columns: [Column]
    /// The bands of a naive covariance.
    let naive: [Column]
    /// Of the derivative.
    let isDerivative: Bool

    init(_ name: String, _ meaning: String, _ what: String, isDerivative: Bool) {
      func curve(
        _ name: String, _ meaning: String, as presence: FileFormat.Presence = .always,
        _ values: @escaping @Sendable (LawCurves) -> [Double]
      ) -> Column {
        Column(dataset: Dataset(name, ["101"], presence, meaning), values: values)
      }
      composition = Dataset("composition", ["101"], .always, "composition X from 0 to 1")
      columns = [
        curve("a", "\(what) along a", \.a),
        curve("a_lower", "lower end of its 95 % band", \.aLower),
        curve("a_upper", "upper end of its 95 % band", \.aUpper),
        curve("c", "\(what) along c", \.c),
        curve("c_lower", "lower end of its 95 % band", \.cLower),
        curve("c_upper", "upper end of its 95 % band", \.cUpper),
      ]
      let same = "the same from naive_covariance"
      naive = [
        curve("a_lower_naive", same, as: .optional, \.aLower),
        curve("a_upper_naive", same, as: .optional, \.aUpper),
        curve("c_lower_naive", same, as: .optional, \.cLower),
        curve("c_upper_naive", same, as: .optional, \.cUpper),
      ]
      group = Group(
        name, .always, meaning, datasets: [composition] + (columns + naive).map(\.dataset))
      self.isDerivative = isDerivative
    }

    var datasets: [Dataset] { group.datasets }
  }

  static let averagedLaw = Curves(
    "law",
    "eigenstrain of the selected model: averaged over the prior by evidence, or of the only N "
      + "asked for", "eigenstrain", isDerivative: false)
  static let averagedExpansion = Curves(
    "expansion", "its derivative by composition", "expansion", isDerivative: true)
  static let modelLaw = Curves(
    "law", "eigenstrain of this model", "eigenstrain", isDerivative: false)

  // MARK: The training pixels

  static let composition = Dataset("composition", ["H"], .always, "middle of each bin")

  static let histogram = Group(
    "composition_histogram", .written, "where in composition the training pixels lie",
    datasets: [composition, counts])
  static let counts = Dataset(
    "counts", ["H"], .always, "pixels; the outer bins hold those beyond, too")

  static let pixels = Group(
    "pixels", .written, "where the training pixels lie beside the law",
    groups: [densityA, densityC])
  static let densityA = density("a")
  static let densityC = density("c")
  private static func density(_ axis: String) -> Group {
    Group(
      axis, .always, "composition and measured strain along \(axis), eigenstrain and elastic",
      datasets: [composition, strain, strainCounts])
  }
  static let strain = Dataset("strain", ["S"], .always, "middle of each bin")
  static let strainCounts = Dataset(
    "counts", ["H", "S"], as: .integer, .always, "pixels; the outer bins hold those beyond, too")

  static let sensitivity = Group(
    "sensitivity", .optional, "what other stiffnesses do to the law (learn --sensitivity)",
    datasets: [change, changeA, changeC])
  static let change = Dataset(
    "change", ["S"], as: .text, unit: nil, .always, "what was changed")
  static let changeA = Dataset(
    "a", ["S"], .always, "relative rms change of the expansion along a")
  static let changeC = Dataset("c", ["S"], .always, "the same along c")

  // MARK: Models

  static let models = Group("models", .always, "the models that were fitted", groups: [model])

  static let model = Group(
    "<m>", .always, "one of m0, m1, m2",
    attributes: [
      fitted.terms, fitted.basis, reference, misfit, boundary, trainError, testError,
      modelError, attenuation, attenuationCorrected, heldOutGround,
    ],
    datasets: fitted.datasets + [naiveCovariance],
    groups: [modelLaw.group, averagedExpansion.group, errors])

  static let misfit = Attribute("misfit", .text(), .always, "strain, gradient or displacement")
  static let boundary = Attribute(
    "boundary", .text(), .always, "free or measured; none for m0")
  static let trainError = Attribute(
    "train_error", .numbers(), .always, "mean strain error, training particles")
  static let testError = Attribute(
    "test_error", .numbers(), .optional, "mean strain error, test particles; NaN without")
  static let modelError = Attribute(
    "model_error", .numbers(), .optional, "mean strain error over all particles")
  static let attenuation = Attribute(
    "attenuation", .numbers(), .optional,
    "selected model: rms change of the expansion by the noise of the composition, relative")
  static let attenuationCorrected = Attribute(
    "attenuation_corrected", .text(), .optional, "selected model: yes or no")
  static let heldOutGround = Attribute(
    "held_out_ground", .text(), .optional, "selected model: which pixels were held out")

  static let fitted = Unknowns(
    "N", .always, basis: .always, covariance: ": noise propagated exactly, pixel mesh included")
  static let naiveCovariance = Dataset(
    "naive_covariance", ["2N", "2N"], .optional,
    "what least squares says, as if every number were independent")

  static let errors = Group(
    "errors", .always, "errors by number of terms",
    datasets: [errorTerms] + FittedModel.columns.map(\.dataset))
  static let errorTerms = Dataset("terms", ["K"], as: .integer, .always, "number of terms")

  // MARK: Particles

  static let particles = Group(
    "particles", .always, "per particle, what each model predicts", groups: [particle])

  static let particle = Group(
    "<name>", .always, "one particle",
    attributes: [
      rejectedCount, ImageFormat.pixelSize, ImageFormat.origin, ImageFormat.role, noise,
      noiseCorrelation, noiseComposition,
    ],
    datasets: [mask, rejected] + Formats.coordinates, groups: [prediction])

  static let rejectedCount = Attribute(
    "rejected", .numbers(as: .integer), .optional, "the number of mis-indexed pixels left out")
  static let noise = Attribute(
    "noise", .numbers(4), .optional,
    "training: standard deviations of e_aa, e_cc, e_ac, rotation; 0 where not used")
  static let noiseCorrelation = Attribute(
    "noise_correlation_length", .numbers(), .optional,
    "side in pixels of the square that one independent value fills")
  static let noiseComposition = Attribute(
    "noise_composition", .numbers(), .optional, "standard deviation of the composition")
  static let mask = Dataset(
    "mask", ["ny", "nx"], as: .byte, unit: nil, .always, "1 inside the particle, else 0")
  static let rejected = Dataset(
    "rejected", ["ny", "nx"], as: .byte, .optional,
    "1 on mis-indexed pixels that were left out, where there are any")

  static let prediction = Group(
    "<m>", .always, "of one model",
    datasets: Formats.coordinates + [
      strainAA, strainCC, strainAC, displacementA, displacementC, error,
    ])
  static let strainAA = Dataset(
    "e_aa", ["ny", "nx"], called: Channel.strainAA.longName, .always, "model strain along a")
  static let strainCC = Dataset(
    "e_cc", ["ny", "nx"], called: Channel.strainCC.longName, .always, "model strain along c")
  static let strainAC = Dataset(
    "e_ac", ["ny", "nx"], called: Channel.strainAC.longName, .always, "model tensor shear")
  static let displacementA = Dataset(
    "displacement_a", ["ny", "nx"], unit: "nm", called: "Displacement u_a", .optional,
    "model displacement along a (not m0)")
  static let displacementC = Dataset(
    "displacement_c", ["ny", "nx"], unit: "nm", called: "Displacement u_c", .optional,
    "model displacement along c (not m0)")
  static let error = Dataset(
    "error", ["ny", "nx"], called: "Strain error", .always,
    "sqrt(Daa^2 + Dcc^2 + 2 Dac^2), measured less model")
}
