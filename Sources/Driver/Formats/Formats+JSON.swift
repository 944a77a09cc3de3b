// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// The JSON results of the commands.
  public static let json = [
    importResult, inspectResult, exportResult, compareResult, learnResult, residualResult,
    simulateResult, simulateEnsembleResult, imageResult,
    dislocationResult, dislocationListResult, dislocationTablesResult,
    diffractResult, checkMaterialResult, checkSimulateResult, checkEnsembleResult, checkCaseResult,
    checkStackResult, benchResult, verifyResult,
  ]

  /// What `image` prints.
  public static let imageResult = JSONFormat(
    command: "image",
    keys: [
      .init("particles.<name>.shape", .numbers, "rows and columns"),
      .init("particles.<name>.pixel_size_nm", .number, "edge of a pixel"),
      .init("particles.<name>.pixels", .number, "pixels inside the mask"),
      .init(
        "particles.<name>.masked", .number,
        "pixels inside the mask where a channel has no data"),
      .init(
        "particles.<name>.mean_composition", .number,
        "over the pixels with data, weighted by the thickness"),
      .init("particles.<name>.mean_thickness", .number, "relative, over the mask"),
      .init("particles.<name>.role", .text, "train or test"),
    ])

  /// What `import` prints.
  public static let importResult = JSONFormat(
    command: "import",
    keys: [
      .init("particles.<name>.shape", .numbers, "rows and columns"),
      .init("particles.<name>.pixel_size_nm", .number, "edge of a pixel"),
      .init("particles.<name>.pixels", .number, "pixels inside the mask"),
      .init(
        "particles.<name>.masked", .number,
        "pixels inside the mask where a channel has no data"),
      .init("particles.<name>.channels", .texts, "the datasets that were written"),
      .init("particles.<name>.source", .text, "file and format"),
      .init(
        "particles.<name>.frame.angle_deg", .number, optional: true,
        "the --frame-angle that integrates best: of the strain x axis from the image row axis, "
          + "positive towards the columns"),
      .init(
        "particles.<name>.frame.handedness", .text, optional: true,
        "the --handedness that integrates best, right or left"),
      .init(
        "particles.<name>.frame.residual", .number, optional: true,
        "rms residual of the gradient at the best frame"),
      .init(
        "particles.<name>.frame.declared_residual", .number, optional: true,
        "the same in the frame as declared"),
    ])

  /// What `inspect` prints.
  public static let inspectResult = JSONFormat(
    command: "inspect",
    keys: [
      .init("file", .text, "the path"),
      .init("format", .text, "root attribute format"),
      .init("version", .number, "its version"),
      .init(
        "summary.<quantity>", .textOrNumber, optional: true,
        "how far a run came, what a law says, who wrote it"),
      .init("particles.<name>.shape", .numbers, optional: true, "rows and columns"),
      .init("particles.<name>.pixel_size_nm", .number, optional: true, "edge of a pixel"),
      .init("particles.<name>.origin_nm", .numbers, optional: true, "(a, c) of pixel [0,0]"),
      .init("particles.<name>.role", .text, optional: true, "train or test"),
      .init("particles.<name>.pixels", .number, optional: true, "pixels inside the mask"),
      .init(
        "datasets.<path>.shape", .numbers, optional: true, "sizes, slowest first"),
      .init("datasets.<path>.type", .text, optional: true, "number type"),
      .init("datasets.<path>.units", .text, optional: true, "unit"),
      .init(
        "datasets.<path>.minimum", .numberOrNull, optional: true,
        "smallest value, inside the mask where there is one"),
      .init("datasets.<path>.mean", .numberOrNull, optional: true, "mean of the same"),
      .init("datasets.<path>.maximum", .numberOrNull, optional: true, "largest of the same"),
      .init("datasets.<path>.masked", .number, optional: true, "values without data"),
      .init("differences", .texts, "departures from the declared format"),
    ])

  /// What `export` prints.
  public static let exportResult = JSONFormat(
    command: "export", keys: [.init("files", .texts, "the files that were written")])

  /// What `compare` prints.
  public static let compareResult = JSONFormat(
    command: "compare",
    keys: [
      .init("format", .text, "of both files"),
      .init("within", .boolean, "whether all datasets are within the tolerances"),
      .init("relative", .number, "the tolerance in root mean squares of A"),
      .init("absolute", .number, "the tolerance beside that, in the dataset's unit"),
      .init("interpolated", .boolean, "whether B was interpolated to the points of A"),
      .init("times_s", .numbers, optional: true, "times of the compared steps of two runs"),
      .init("datasets.<path>.unit", .text, optional: true, "unit"),
      .init("datasets.<path>.numbers", .number, "numbers that both have"),
      .init("datasets.<path>.unmatched", .number, "numbers that only one has"),
      .init("datasets.<path>.largest", .number, "largest |A - B|"),
      .init("datasets.<path>.rms", .number, "root mean square of A - B"),
      .init("datasets.<path>.rms_of_first", .number, "that of A"),
      .init("datasets.<path>.relative", .numberOrNull, "the former over the latter"),
      .init("datasets.<path>.within", .boolean, "whether it is within the tolerances"),
      .init(
        "datasets.<path>.obstacle", .text, optional: true, "why it cannot be compared"),
      .init("only_in_first", .texts, "declared datasets that only A has"),
      .init("only_in_second", .texts, "those that only B has"),
    ])

  /// What `learn` prints.
  public static let learnResult = JSONFormat(
    command: "learn",
    keys: [
      .init("models.<m>.terms", .number, "number of terms N"),
      .init("models.<m>.coefficients.a", .numbers, "of the a strain"),
      .init("models.<m>.coefficients.c", .numbers, "of the c strain"),
      .init("models.<m>.covariance", .rows, "2N by 2N, those of a first"),
      .init("models.<m>.train_error", .number, "mean strain error, training particles"),
      .init("models.<m>.test_error", .numberOrNull, "mean strain error, test particles"),
      .init("models.<m>.model_error", .numberOrNull, "mean strain error over all particles"),
      .init("models.<m>.naive_covariance", .rows, "what least squares says"),
      .init(
        "models.<m>.discretisation", .numbers,
        "half the change of the coefficients on halved pixels; empty for m0"),
      .init(
        "models.<m>.errors", .list,
        "by number of terms: terms, train, test, held_out, held_out_difference, held_out_sd, "
          + "remainder, aic, bic, log_evidence"),
      .init("models.<m>.misfit", .text, "strain, gradient or displacement"),
      .init("models.<m>.boundary", .text, "free or measured"),
      .init("selected_model", .text, "the last listed in --model"),
      .init("reference_composition", .number, "where the law is zero"),
      .init("selected_terms", .number, "its number of terms by the Bayesian criterion"),
    ] + curve("law") + curve("expansion") + [
      .init("law.coefficients.a", .numbers, "of the a strain, averaged over the prior"),
      .init("law.coefficients.c", .numbers, "of the c strain"),
      .init("law.covariance", .rows, "2T by 2T, those of a first"),
      .init("law.data_share.a", .numbers, "what of each coefficient the data say"),
      .init("law.data_share.c", .numbers, "the same along c"),
      .init("composition_histogram.edges", .numbers, "ends of the bins"),
      .init("composition_histogram.counts", .numbers, "training pixels in them"),
      .init("pixels", .number, "valid pixels"),
      .init("masked", .number, "pixels inside the mask where a channel has no value"),
      .init("rejected", .number, "mis-indexed pixels that were left out"),
      .init("filled", .number, "pixels whose composition was filled from their neighbours"),
      .init("largest_share", .number, "share of the unknowns on the most loaded rank"),
      .init("train", .texts, "training particles"),
      .init("test", .texts, "test particles"),
      .init("held_out_ground", .text, "which pixels were held out"),
      .init(
        "weighs_by_sigma", .boolean, "whether the stacks' standard deviations weigh the strain"),
      .init("attenuation", .number, "relative rms change of the expansion by noise of X"),
      .init("attenuation_corrected", .boolean, "whether the law is corrected for it"),
      .init(
        "noise.<name>.levels", .numbers, optional: true, "sd of e_aa, e_cc, e_ac, rotation"),
      .init(
        "noise.<name>.correlation_pixels", .number, optional: true,
        "side of the square that one independent value fills"),
      .init("noise.<name>.composition", .number, optional: true, "sd of the composition"),
      .init(
        "noise.<name>.composition_smeared_pixels", .number, optional: true,
        "sd of the Gaussian that correlates it; 0 for white noise"),
      .init("noise.<name>.composition_from", .text, optional: true, "where it comes from"),
      .init(
        "sensitivity.<change>.a", .number, optional: true,
        "relative rms change of the expansion along a"),
      .init(
        "sensitivity.<change>.c", .number, optional: true,
        "relative rms change of the expansion along c"),
    ])

  private static func curve(_ name: String) -> [JSONFormat.Key] {
    ["composition", "a", "a_lower", "a_upper", "c", "c_lower", "c_upper"].map { key in
      .init("\(name).\(key)", .numbers, "101 points; bands are 95 %")
    }
  }
}
