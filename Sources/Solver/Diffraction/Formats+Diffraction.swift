// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// What `diffract` writes: profiles, moments and their fits, and the slip systems.
  public static let diffraction = FileFormat(
    name: DiffractionWriter.format, version: DiffractionWriter.version,
    summary: "Restricted moments of diffraction lines with their fits, the effective dislocation "
      + "densities, and the densities of slip systems that explain them. q = (2/λ)(sin θ − sin θ0).",
    root: .init(
      "/", .always, "the analysis",
      attributes: header(DiffractionWriter.format, DiffractionWriter.version) + provenance,
      groups: [
        .init("peaks", .always, "the lines", groups: [peak]), decomposition,
      ]))

  private static let peak = FileFormat.Group(
    "<h k l>", .always, "one line",
    attributes: [
      .init("hkl", .numbers(3), .always, "Miller indices"),
      .init("rho_effective", .numbers(unit: "1/um2"), .always, "effective dislocation density"),
      .init(
        "rho_effective_sd", .numbers(unit: "1/um2"), .always,
        "its standard deviation; NaN where a stated density has none"),
      .init("doubt", .text(), .optional, "why it is not determined; empty where it is"),
      .init(
        "size", .numbers(unit: "nm"), .optional, "ε; NaN where it is not determined"),
      .init("size_sd", .numbers(unit: "nm"), .optional, "its standard deviation"),
      .init(
        "chi2_per_dof", .numbers(), .optional, "χ² of the joint fit over its expectation"),
      .init("correction", .text(), .optional, "none, moments or fourier"),
      .init("errors", .text(), .optional, "points, or filtered by the Fourier division"),
      .init("centre", .numbers(unit: "1/nm"), .optional, "2 sin θ0/λ"),
      .init("full_width", .numbers(unit: "1/nm"), .optional, "at half maximum"),
      .init("asymmetry", .numbers(), .optional, "right less left area over their sum"),
      .init("spacing", .numbers(unit: "1/nm"), .optional, "median distance of points"),
      .init("cell_width", .numbers(unit: "1/nm"), .optional, "width of the fit's cells"),
      .init("window", .numbers(2, unit: "1/nm"), .optional, "where the moments are fitted"),
    ],
    groups: [
      momentFit("m2", "columns of equation 4.3"), momentFit("m4", "columns of equation 4.4"),
      momentFit("joint", "all columns, with the product of size and strain"),
      curves,
      .init(
        "window_start", .optional, "ρ* against the start of the window",
        datasets: [
          .init("start", ["W"], unit: "full widths", .always, "start of the window")
        ]
          + ["m2", "m4", "joint"].flatMap { name in
            [
              FileFormat.Dataset(name, ["W"], unit: "1/um2", .always, "ρ* by this fit"),
              .init(name + "_sd", ["W"], unit: "1/um2", .always, "its standard deviation"),
            ]
          }),
    ])

  private static func momentFit(_ name: String, _ meaning: String) -> FileFormat.Group {
    .init(
      name, .optional, meaning,
      attributes: [
        .init("terms", .texts(), .always, "what was fitted"),
        .init("names", .texts(), .always, "what values and covariance are about"),
        .init("chi_square", .numbers(), .always, "weighted sum of squared deviations"),
        .init("degrees", .numbers(), .always, "cells less unknowns"),
      ],
      datasets: [
        .init(
          "values", ["P"], unit: "nm", .always,
          "in powers of nm: ρ* 1/nm², 1/ε 1/nm, c0 1/nm², ⟨ρ*²⟩ 1/nm⁴, background"),
        .init("covariance", ["P", "P"], unit: "nm", .always, "by counting statistics"),
      ])
  }

  private static let curves = FileFormat.Group(
    "curves", .optional, "moments as measured, background taken off, and as fitted",
    datasets: [
      .init("q", ["Q"], unit: "1/nm", .always, "offset from the centre"),
      .init("intensity", ["Q"], .always, "mean of the two sides"),
      .init("intensity_sd", ["Q"], .always, "its standard deviation"),
    ]
      + ["m2", "m4"].flatMap { name in
        [
          ("measured", "moment (m4: over q²)"), ("measured_sd", "its standard deviation"),
          ("fit", "by the paper's columns; NaN before the window"),
          ("joint", "by the joint fit"),
        ].map { FileFormat.Dataset(name + "_" + $0.0, ["Q"], unit: "1/nm2", .optional, $0.1) }
      })

  private static let decomposition = FileFormat.Group(
    "decomposition", .optional, "the slip systems that explain the lines",
    attributes: [
      .init("labels", .texts(), .always, "the systems"),
      .init("reflections", .texts(), .always, "the lines"),
      .init("residual", .numbers(), .always, "|ρ* − Λρ|/|ρ*|, weighted"),
      .init("tolerance", .numbers(), .always, "the acceptable one"),
      .init("optimality", .numbers(), .always, "largest violation of the conditions, scaled"),
      .init("rank", .numbers(), .always, "rank of Λ"),
      .init("unique", .numbers(), .always, "1 where no other densities fit as well"),
    ],
    datasets: [
      .init("lambda", ["R", "S"], .always, "Λ = (π/2) g² b² C"),
      .init("effective", ["R"], unit: "1/um2", .always, "ρ* of the lines"),
      .init("effective_sd", ["R"], unit: "1/um2", .always, "its standard deviation"),
      .init("fitted", ["R"], unit: "1/um2", .always, "Λρ and what fixed densities make"),
      .init("density", ["S"], unit: "1/um2", .always, "best densities"),
      .init("shortest", ["S"], unit: "1/um2", .always, "the shortest of the best"),
      .init("min", ["S"], unit: "1/um2", .always, "smallest acceptable; NaN where none is"),
      .init("max", ["S"], unit: "1/um2", .always, "largest acceptable"),
      .init("mean", ["S"], unit: "1/um2", .optional, "mean over the acceptable set"),
      .init("sd", ["S"], unit: "1/um2", .optional, "standard deviation over it"),
      .init("r_hat", ["S"], .optional, "potential scale reduction of the chains"),
      .init("samples", ["N", "S"], as: .float, unit: "1/um2", .optional, "acceptable densities"),
      .init("burgers", ["S", "3"], unit: "nm", .written, "Burgers vectors, Cartesian"),
      .init("line", ["S", "3"], unit: "nm", .written, "line directions, Cartesian"),
      .init("normal", ["S", "3"], unit: "nm", .written, "plane normals, length arbitrary"),
      .init("cell", ["3", "3"], unit: "nm", .written, "rows a, b, c of the first crystal"),
    ])
}
