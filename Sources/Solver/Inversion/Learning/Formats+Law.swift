// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// The learned law: eigenstrain and expansion as functions of composition, with their bands.
  public static let law = FileFormat(
    name: "vegard-law", version: LawWriter.version,
    summary: "Chemical expansion learned from image stacks: coefficients, curves with 95 % bands, "
      + "errors by number of terms, and per particle what the model leaves unexplained.",
    hasScales: true,
    root: .init(
      "/", .always, "the law",
      attributes: header("vegard-law", LawWriter.version) + [
        .init("selected_model", .text(), .always, "the model of /law and /expansion"),
        .init(
          "selected_terms", .numbers(), .always, "its number of terms N by the Bayesian criterion"),
      ] + provenance,
      groups: [
        averaged,
        curves("expansion", .always, "its derivative by composition", "expansion"),
        .init(
          "composition_histogram", .written, "where in composition the training pixels lie",
          datasets: [
            .init("composition", ["H"], .always, "middle of each bin"),
            .init("counts", ["H"], .always, "pixels; the outer bins hold those beyond, too"),
          ]),
        .init(
          "pixels", .written, "where the training pixels lie beside the law",
          groups: [density("a"), density("c")]),
        .init(
          "sensitivity", .optional, "what other stiffnesses do to the law (learn --sensitivity)",
          datasets: [
            .init("change", ["S"], as: .text, unit: nil, .always, "what was changed"),
            .init("a", ["S"], .always, "relative rms change of the expansion along a"),
            .init("c", ["S"], .always, "the same along c"),
          ]),
        .init("models", .always, "the models that were fitted", groups: [model]),
        .init(
          "particles", .always, "per particle, what each model predicts",
          groups: [
            particle
          ]),
      ]))

  private static func density(_ axis: String) -> FileFormat.Group {
    .init(
      axis, .always, "composition and measured strain along \(axis), eigenstrain and elastic",
      datasets: [
        .init("composition", ["H"], .always, "middle of each bin"),
        .init("strain", ["S"], .always, "middle of each bin"),
        .init(
          "counts", ["H", "S"], as: .integer, .always,
          "pixels; the outer bins hold those beyond, too"),
      ])
  }

  private static func basis(_ presence: FileFormat.Presence) -> FileFormat.Attribute {
    .init(
      "basis", .text(), presence,
      "of both components: 'anchored Legendre on [0,1]' is L_n(2X-1) - L_n(1), 'Legendre on [0,1], "
        + "zero at reference_composition' takes off L_n(2X_r-1)")
  }

  private static let reference = FileFormat.Attribute(
    "reference_composition", .numbers(), .written,
    "X_r, at which the law is zero: strains refer to that lattice; 1 where missing")

  /// The law that readers take by default.
  private static let averaged = {
    let drawn = curves(
      "law", .always,
      "eigenstrain of the selected model: averaged over the prior by evidence, or of the only N "
        + "asked for", "eigenstrain")
    return FileFormat.Group(
      drawn.name, drawn.presence, drawn.meaning,
      attributes: [
        .init("terms", .numbers(), .written, "number of terms T"),
        basis(.written), reference,
      ],
      datasets: drawn.datasets + [
        .init("component", ["2"], as: .text, unit: nil, .written, "a, c"),
        .init("term", ["T"], as: .integer, .written, "1 to T"),
        .init("unknown", ["2T"], as: .integer, .written, "1 to 2T, those of a first"),
        .init("other_unknown", ["2T"], as: .integer, .written, "the same, for the second axis"),
        .init("coefficients", ["2", "T"], .written, "of the a strain (row 0) and the c strain"),
        .init("covariance", ["2T", "2T"], .written, "of the coefficients, those of a first"),
        .init(
          "data_share", ["2", "T"], .written,
          "what of a coefficient the data say, the rest being the prior's"),
      ])
  }()

  private static let model = FileFormat.Group(
    "<m>", .always, "one of m0, m1, m2",
    attributes: [
      .init("terms", .numbers(), .always, "number of terms N"),
      basis(.always), reference,
      .init("misfit", .text(), .always, "strain, gradient or displacement"),
      .init("boundary", .text(), .always, "free or measured; none for m0"),
      .init("train_error", .numbers(), .always, "mean strain error, training particles"),
      .init("test_error", .numbers(), .optional, "mean strain error, test particles; NaN without"),
      .init("model_error", .numbers(), .optional, "mean strain error over all particles"),
      .init(
        "attenuation", .numbers(), .optional,
        "selected model: rms change of the expansion by the noise of the composition, relative"),
      .init("attenuation_corrected", .text(), .optional, "selected model: yes or no"),
      .init("held_out_ground", .text(), .optional, "selected model: which pixels were held out"),
    ],
    datasets: [
      .init("component", ["2"], as: .text, unit: nil, .written, "a, c"),
      .init("term", ["N"], as: .integer, .written, "1 to N"),
      .init(
        "unknown", ["2N"], as: .integer, .written,
        "1 to 2N, the coefficients in their order: those of a first"),
      .init("other_unknown", ["2N"], as: .integer, .written, "the same, for the second axis"),
      .init("coefficients", ["2", "N"], .always, "of the a strain (row 0) and the c strain"),
      .init(
        "covariance", ["2N", "2N"], .always,
        "of the coefficients, those of a first: noise propagated exactly, pixel mesh included"),
      .init(
        "naive_covariance", ["2N", "2N"], .optional,
        "what least squares says, as if every number were independent"),
    ],
    groups: [
      curves("law", .always, "eigenstrain of this model", "eigenstrain"),
      curves("expansion", .always, "its derivative by composition", "expansion"),
      .init(
        "errors", .always, "errors by number of terms",
        datasets: [
          .init("terms", ["K"], as: .integer, .always, "number of terms"),
          .init("train", ["K"], .always, "mean strain error, training particles"),
          .init("test", ["K"], .optional, "mean strain error, test particles"),
          .init(
            "held_out", ["K"], .optional,
            "mean strain error on pixels held out; NaN for other models"),
          .init("held_out_difference", ["K"], .optional, "the same less that of the chosen N"),
          .init("held_out_sd", ["K"], .optional, "standard error of that difference"),
          .init("remainder", ["K"], .optional, "squared residual in units of its spread"),
          .init("aic", ["K"], .optional, "Akaike's criterion: the remainder plus 4N"),
          .init("bic", ["K"], .optional, "Bayesian criterion, which N is chosen by"),
          .init("log_evidence", ["K"], .optional, "ln evidence under the prior"),
        ]),
    ])

  private static let particle = FileFormat.Group(
    "<name>", .always, "one particle",
    attributes: [
      .init("rejected", .numbers(), .optional, "the number of mis-indexed pixels left out"),
      .init("pixel_size", .numbers(unit: "nm"), .always, "edge of the square pixels [nm]"),
      .init(
        "origin", .numbers(2, unit: "nm"), .always, "(a, c) of the centre of pixel [0,0] [nm]"),
      .init("role", .text(), .always, "train or test"),
      .init(
        "noise", .numbers(4), .optional,
        "training: standard deviations of e_aa, e_cc, e_ac, rotation; 0 where not used"),
      .init(
        "noise_correlation_length", .numbers(), .optional,
        "side in pixels of the square that one independent value fills"),
      .init("noise_composition", .numbers(), .optional, "standard deviation of the composition"),
    ],
    datasets: [
      .init("mask", ["ny", "nx"], as: .byte, unit: nil, .always, "1 inside the particle, else 0"),
      .init(
        "rejected", ["ny", "nx"], as: .byte, .optional,
        "1 on mis-indexed pixels that were left out, where there are any"),
    ] + coordinates,
    groups: [prediction])

  private static let prediction = FileFormat.Group(
    "<m>", .always, "of one model",
    datasets: coordinates + [
      .init("e_aa", ["ny", "nx"], .always, "model strain along a"),
      .init("e_cc", ["ny", "nx"], .always, "model strain along c"),
      .init("e_ac", ["ny", "nx"], .always, "model tensor shear"),
      .init(
        "displacement_a", ["ny", "nx"], unit: "nm", .optional, "model displacement along a (not m0)"
      ),
      .init(
        "displacement_c", ["ny", "nx"], unit: "nm", .optional, "model displacement along c (not m0)"
      ),
      .init(
        "error", ["ny", "nx"], .always, "sqrt(Daa^2 + Dcc^2 + 2 Dac^2), measured less model"),
    ])

  private static func curves(
    _ name: String, _ presence: FileFormat.Presence, _ meaning: String, _ what: String
  ) -> FileFormat.Group {
    .init(
      name, presence, meaning,
      datasets: [
        .init("composition", ["101"], .always, "composition X from 0 to 1"),
        .init("a", ["101"], .always, "\(what) along a"),
        .init("a_lower", ["101"], .always, "lower end of its 95 % band"),
        .init("a_upper", ["101"], .always, "upper end of its 95 % band"),
        .init("c", ["101"], .always, "\(what) along c"),
        .init("c_lower", ["101"], .always, "lower end of its 95 % band"),
        .init("c_upper", ["101"], .always, "upper end of its 95 % band"),
        .init("a_lower_naive", ["101"], .optional, "the same from naive_covariance"),
        .init("a_upper_naive", ["101"], .optional, "the same from naive_covariance"),
        .init("c_lower_naive", ["101"], .optional, "the same from naive_covariance"),
        .init("c_upper_naive", ["101"], .optional, "the same from naive_covariance"),
      ])
  }
}
