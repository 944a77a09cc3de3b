// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// Residual and coherency strain of particles, and their incompatibility.
  public static let residual = FileFormat(
    name: "vegard-residual", version: ResidualWriter.version,
    summary: "What eigenstrain and coherency strain leave of the measured strain of each particle, "
      + "and how incompatible it is: r = d2 e_aa/dc2 + d2 e_cc/da2 - 2 d2 e_ac/dadc by 3 x 3 pixels. "
      + "NaN is no data.",
    hasScales: true,
    root: .init(
      "/", .always, "residual strain",
      attributes: header("vegard-residual", ResidualWriter.version) + [
        .init("law_model", .text(), .always, "the model whose law was subtracted, such as m1"),
        .init("bin", .numbers(), .always, "N: blocks of N x N pixels were averaged"),
      ] + provenance,
      groups: [
        .init(
          "law", .always, "the law that was subtracted",
          attributes: [
            .init("basis", .text(), .written, "what the coefficients belong to, as in a law file"),
            .init(
              "reference_composition", .numbers(), .written,
              "at which the law is zero; 1 where missing"),
          ],
          datasets: [
            .init("component", ["2"], as: .text, unit: nil, .written, "a, c"),
            .init("term", ["N"], as: .integer, .written, "1 to N"),
            .init(
              "coefficients", ["2", "N"], .always,
              "of the a strain (row 0) and the c strain"),
          ]),
        .init(
          "table", .always, "one number per particle (K) in each column",
          datasets: [
            .init("particle", ["K"], as: .text, unit: nil, .always, "its name")
          ]
            + ResidualSummary.columns.map {
              .init(
                $0.name, ["K"], as: $0.isCount ? .integer : .double, unit: $0.unit, .always,
                $0.meaning)
            }),
        .init("particles", .always, "the maps", groups: [residualParticle]),
      ]))

  private static let residualParticle = FileFormat.Group(
    "<name>", .always, "one particle",
    attributes: [
      .init(
        "pixel_size", .numbers(unit: "nm"), .always, "edge of the square pixels, averaged ones [nm]"
      ),
      .init(
        "origin", .numbers(2, unit: "nm"), .always, "(a, c) of the centre of pixel [0,0] [nm]"),
      .init("role", .text(), .always, "train or test"),
      .init(
        "noise_source", .text(), .always, "sigma maps, or an estimate from fourth differences"),
    ]
      + ResidualSummary.columns.map {
        .init($0.name, .numbers(unit: $0.unit), .always, $0.meaning)
      },
    datasets: [
      .init("mask", ["ny", "nx"], as: .byte, .always, "1 inside the particle, else 0"),
      .init("composition", ["ny", "nx"], .always, "composition X"),
      .init(
        "incompatibility", ["ny", "nx"], unit: "nm^-2", .always,
        "of the residual strain, where all of 3 x 3 pixels are valid"),
      .init(
        "total_incompatibility", ["ny", "nx"], unit: "nm^-2", .always, "of the measured strain"),
      .init(
        "rejected", ["ny", "nx"], .optional,
        "1 on mis-indexed pixels that were left out, without averaging"),
      .init(
        "sigma", ["ny", "nx"], .optional,
        "sqrt(Saa^2 + Scc^2 + 2 Sac^2) of the stack's standard deviations, where all are known"),
    ] + coordinates,
    groups: [
      strain("residual", "measured strain less eigenstrain and coherency strain"),
      strain("coherency", "strain of mechanical equilibrium less eigenstrain"),
    ])

  private static func strain(_ name: String, _ meaning: String) -> FileFormat.Group {
    .init(
      name, .always, meaning,
      datasets: [
        .init("e_aa", ["ny", "nx"], .always, "along a"),
        .init("e_cc", ["ny", "nx"], .always, "along c"),
        .init("e_ac", ["ny", "nx"], .always, "tensor shear"),
      ] + coordinates)
  }

  /// What `residual` prints.
  public static let residualResult = JSONFormat(
    command: "residual",
    keys: [
      .init("law_model", .text, "the model whose law was subtracted"),
      .init("bin", .number, "N: blocks of N x N pixels were averaged"),
      .init("particles.<name>.pixel_size_nm", .number, "edge of a pixel, averaged ones"),
      .init("particles.<name>.noise_source", .text, "sigma maps, or an estimate"),
    ]
      + ResidualSummary.columns.map {
        .init(
          "particles.<name>.\($0.name)", .numberOrNull,
          $0.meaning + ($0.unit == "1" ? "" : " [\($0.unit)]"))
      })
}
