// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// What `diffract` prints.
  ///
  /// Densities in 1/um2. Groups of keys that do not apply are empty objects: `window`, `m2`, `m4` of
  /// a stated density, `decomposition` without systems.
  public static let diffractResult = JSONFormat(
    command: "diffract", keys: peakKeys + ["m2", "m4", "joint"].flatMap(fitKeys) + systemKeys)

  private static let peakKeys: [JSONFormat.Key] =
    [
      .init("peaks[].hkl", .numbers, "Miller indices"),
      .init(
        "peaks[].rho_effective_per_um2", .numberOrNull,
        "ρ* by the joint fit; null where it is not determined: see interval and reason"),
      .init("peaks[].sd", .numberOrNull, "its standard deviation; null where none is stated"),
      .init("peaks[].size_nm", .numberOrNull, "ε; null where it is not determined"),
      .init(
        "peaks[].size_sd_nm", .numberOrNull, optional: true,
        "its standard deviation, by the longer side of its interval"),
      .init("peaks[].size_min_nm", .numberOrNull, optional: true, "95 % for ε, lower end"),
      .init("peaks[].size_max_nm", .numberOrNull, optional: true, "upper end; null for none"),
      .init("peaks[].determined", .boolean, optional: true, "whether counts and tails suffice"),
      .init("peaks[].reason", .text, optional: true, "why they do not"),
      .init("peaks[].interval_per_um2", .numbers, optional: true, "95 % for ρ*"),
      .init(
        "peaks[].selection_bias_per_um2", .numberOrNull, optional: true,
        "how much too large a ρ* that is called determined is on average: smaller ones are not"),
      .init(
        "peaks[].chi2_per_dof", .numberOrNull, optional: true,
        "χ² of the joint fit over its expectation"),
      .init(
        "peaks[].sd_background", .numberOrNull, optional: true,
        "part of sd from what background and neighbours may bend"),
      .init("peaks[].sd_counting", .numberOrNull, optional: true, "part of sd from counting"),
      .init("peaks[].sd_window", .numberOrNull, optional: true, "part from the window's ends"),
      .init("peaks[].taper", .numberOrNull, optional: true, "L/K², where q0 is given"),
      .init("peaks[].correction", .text, optional: true, "none, moments or fourier"),
      .init("peaks[].centre_per_nm", .number, optional: true, "2 sin θ0/λ"),
      .init("peaks[].full_width_per_nm", .number, optional: true, "at half maximum"),
      .init("peaks[].asymmetry", .number, optional: true, "right less left area over their sum"),
    ]
    + [
      ("from_per_nm", "start of the fit"), ("to_per_nm", "end of the fit"),
      ("from_widths", "start in full widths"), ("to_widths", "end in full widths"),
      ("spacing_per_nm", "median distance of points"), ("cell_per_nm", "width of the fit's cells"),
    ].map { .init("peaks[].window.\($0.0)", .number, optional: true, $0.1) }
    + [
      ("start_widths", "start of the window"), ("m2", "ρ* by 4.3"), ("m2_sd", "its sd"),
      ("m4", "ρ* by 4.4"), ("m4_sd", "its sd"), ("joint", "by the joint fit"),
      ("joint_sd", "its sd"),
    ].map { .init("peaks[].window_start[].\($0.0)", .numberOrNull, optional: true, $0.1) }

  private static func fitKeys(_ name: String) -> [JSONFormat.Key] {
    [
      .init("peaks[].\(name).terms", .texts, optional: true, "what was fitted"),
      .init("peaks[].\(name).names", .texts, optional: true, "what covariance is about"),
      .init(
        "peaks[].\(name).covariance", .rows, optional: true,
        "by counting statistics, in powers of nm"),
    ]
      + [
        ("rho_effective_per_um2", "ρ*"), ("sd", "its standard deviation"), ("size_nm", "ε"),
        ("size_sd_nm", "its sd"), ("c0_per_nm2", "c0, q in 1/nm"), ("c0_sd", "its sd"),
        ("mean_square_per_um4", "⟨ρ*²⟩"), ("mean_square_sd", "its sd"),
        ("background", "in the pattern's units"), ("chi_square", "weighted squared deviations"),
        ("degrees", "cells less unknowns"),
      ].map { .init("peaks[].\(name).\($0.0)", .numberOrNull, optional: true, $0.1) }
  }

  private static let systemKeys: [JSONFormat.Key] =
    [
      ("density", "in the best fit"), ("sd", "standard deviation over the acceptable set"),
      ("min", "smallest acceptable"), ("max", "largest acceptable"),
      ("mean", "mean over the acceptable set"),
      ("standard_error", "of density, from the lines' errors, the systems kept"),
      ("shortest", "in the shortest of the best fits"),
      ("residual_without", "residual when it is left out"),
    ].map {
      .init("decomposition.systems.<label>.\($0.0)", .numberOrNull, optional: true, $0.1)
    }
    + [
      ("residual", "|ρ* − Λρ|/|ρ*|, weighted"), ("explained", "one less the residual"),
      ("tolerance", "the acceptable residual"), ("rank", "of Λ"),
      ("optimality", "largest violation of the conditions, scaled"),
      ("r_hat", "largest potential scale reduction; null without an acceptable set"),
      ("samples", "acceptable densities drawn"), ("total.density", "sum over the systems"),
      ("total.mean", "its mean over the acceptable set"), ("total.sd", "its sd there"),
      ("fixed.<label>", "given densities"), ("fitted.<h k l>", "Λρ with given densities"),
      ("sensitivity.<label>.added", "density added"),
      ("sensitivity.<label>.residual", "residual with the others kept"),
      ("sensitivity.<label>.residual_refitted", "residual with the others chosen anew"),
    ].map { .init("decomposition.\($0.0)", .numberOrNull, optional: true, $0.1) }
    + [
      .init("decomposition.unit", .text, optional: true, "of the densities"),
      .init(
        "decomposition.unique", .boolean, optional: true, "whether no others fit as well"),
      .init("decomposition.exact", .boolean, optional: true, "whether the residual is zero"),
      .init("decomposition.lambda.<h k l>", .numbers, optional: true, "a row of Λ"),
    ]
}
