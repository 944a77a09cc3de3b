// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// A phase-field run.
  public static let run = FileFormat(
    name: RunWriter.format.name, version: RunWriter.format.version,
    summary: "A phase-field run. It grows in place and is flushed after each stored step, so that "
      + "what a killed run stored can be read. Fields are (z, y, x) with x = a, y = c, z = b, in a "
      + "plane run (y, x); nodal ones have one number more along each direction, a periodic box its "
      + "closing plane. A vector is (a, c, b), a tensor aa, ac, ab, cc, bc, bb, in a plane run, too. "
      + "NaN is no material. `RUN.h5.xdmf` beside it opens in ParaView.",
    hasScales: true,
    root: .init(
      "/", .always, "the run",
      attributes: header(RunWriter.format.name, RunWriter.format.version) + [
        .init(
          "status", .text(), .always,
          "running (also of a run that was killed), complete, stopped (signal or time limit) or "
            + "failed"),
        .init("reason", .text(), .optional, "why it failed"),
        .init(
          "nodes_outside", .numbers(), .optional,
          "nodes outside (0, 1), summed over the steps of the last process"),
        .init(
          "barrier_nodes", .numbers(), .optional,
          "nodes that the barrier held inside (0, 1), the most after a step of the last process"),
        .init("field_axes", .text(RunWriter.axes), .written, "fixes the meaning of the fields"),
        .init("axes", .text(RunWriter.axes), .former, "the same as field_axes"),
        .init("physics", .text(), .always, "the part of the case that a restart must not change"),
        .init("spacing", .numbers(3, unit: "nm"), .always, "edges of an element along x, y, z"),
        .init("dimension", .numbers(), .always, "2 or 3"),
      ] + provenance,
      datasets: [
        field("volume_fraction", "1", .always, "share of each element that is material", "cell")
      ] + runAxes,
      groups: [
        .init(
          "history", .always, "a number for each accepted step (T) and the start",
          datasets: RunHistory.columns.map {
            .init(
              $0.name, ["T"], as: $0.storage == .integer ? .integer : .double, unit: $0.unit,
              ["step", "time"].contains($0.name) ? .always : .written, $0.meaning)
          } + [.init("clipped", ["T"], as: .integer, .former, "the same as nodes_outside")]),
        averages("b_average", "of the last stored step"),
        .init("steps", .always, "stored steps", groups: [step]),
      ]))

  private static let step = FileFormat.Group(
    "<step>", .always, "the step's number in eight digits",
    attributes: [.init("time", .numbers(unit: "s"), .always, "time reached")],
    datasets: [
      field("composition", "1", .always, "composition X", "node"),
      field("potential", "eV", .optional, "diffusion potential", "node"),
      field(
        "displacement", "nm", .optional, "displacement, of a periodic box with its mean strain",
        "node", components: 3),
    ]
      + ([DerivedFields.chemical] + DerivedFields.elastic).map {
        field($0.name, $0.unit, .optional, $0.meaning, "cell", components: $0.isTensor ? 6 : 1)
      } + runAxes + formerFields,
    groups: [averages("b_average", "of this step")])

  /// The axes of fields; each step has them, too.
  private static let runAxes: [FileFormat.Dataset] =
    axes("a", "mx", "nx", .written) + axes("c", "my", "ny", .written)
    + axes("b", "mz", "nz", .optional) + [
      .init("vector", ["3"], as: .text, unit: nil, .written, "components of a vector: a, c, b"),
      .init(
        "tensor", ["6"], as: .text, unit: nil, .written,
        "components of a tensor: aa, ac, ab, cc, bc, bb"),
    ]

  private static func axes(
    _ name: String, _ nodes: String, _ cells: String, _ presence: FileFormat.Presence
  ) -> [FileFormat.Dataset] {
    [
      .init(name, [nodes], unit: "nm", presence, "coordinate of nodes"),
      .init("\(name)_center", [cells], unit: "nm", presence, "coordinate of elements' centres"),
    ]
  }

  /// What version 1 had instead of vectors and tensors.
  private static let formerFields: [FileFormat.Dataset] =
    ["u_a", "u_c", "u_b"].map { field($0, "nm", .former, "component of the displacement", "node") }
    + DerivedFields.tensorOrder.flatMap { component in
      [
        field("strain_\(component)", "1", .former, "component of the strain", "cell"),
        field("stress_\(component)", "GPa", .former, "component of the stress", "cell"),
      ]
    }

  private static func averages(_ name: String, _ which: String) -> FileFormat.Group {
    var datasets = [
      average("composition", "1", .always, "composition X"),
      average("volume", "nm3", .always, "volume of material in the column"),
    ]
    for component in ["aa", "bb", "cc", "ac"] {
      datasets += [
        average("total_\(component)", "1", .optional, "total strain"),
        average("coherency_\(component)", "1", .optional, "total strain less eigenstrain"),
      ]
    }
    for component in ["aa", "cc", "ac"] {
      datasets.append(
        average(
          "residual_\(component)", "1", .optional,
          "what the plane-stress problem of the averaged composition leaves unexplained"))
    }
    return .init(
      name, .always, "averages along b over the material, \(which)",
      datasets: datasets + runAxes.filter { ["a_center", "c_center"].contains($0.name) })
  }

  private static func average(
    _ name: String, _ unit: String, _ presence: FileFormat.Presence, _ meaning: String
  ) -> FileFormat.Dataset {
    .init(
      name, ["ny", "nx"], unit: unit, presence, meaning,
      attributes: [.init("center", .text("cell"), .always, "one number for each element")])
  }

  private static func field(
    _ name: String, _ unit: String, _ presence: FileFormat.Presence, _ meaning: String,
    _ centre: String, components: Int = 1
  ) -> FileFormat.Dataset {
    .init(
      name,
      (centre == "cell" ? ["nz?", "ny", "nx"] : ["mz?", "my", "mx"])
        + (components > 1 ? ["\(components)"] : []), as: .real, unit: unit, presence, meaning,
      attributes: [
        .init(
          "center", .text(centre), .always,
          "one number for each \(centre == "cell" ? "element" : centre)")
      ])
  }

  /// The checkpoint of a run.
  public static let checkpoint = FileFormat(
    name: CheckpointFormat.name, version: CheckpointFormat.version,
    summary: "What a restart needs, as double. Written beside its place, brought to the disk and "
      + "renamed: a checkpoint is whole or the one before it. Its numbers (Fletcher32) and HDF5's own "
      + "structures (format of 1.10) have checksums: a damaged one is refused.",
    root: .init(
      "/", .always, "the state of a run",
      attributes: header(
        CheckpointFormat.name, CheckpointFormat.version) + [
          .init(
            "case", .text(), .always, "the physics of the case, held against that of a restart"),
          .init("time", .numbers(unit: "s"), .always, "time reached"),
          .init("step", .numbers(unit: "s"), .always, "the step to be tried next"),
          .init("last_step", .numbers(unit: "s"), .always, "the last accepted step"),
          .init("old_steps", .list(unit: "s"), .always, "accepted steps, the last one first"),
          .init("levels", .numbers(), .always, "older levels that are kept, 0 to 2"),
          .init(
            "counters", .numbers(4), .always,
            "accepted steps, rejected steps, Newton and Krylov iterations"),
          .init("start_content", .numbers(unit: "nm3"), .always, "lithium content at the start"),
          .init(
            "energy", .numbers(2, unit: "eV nm3"), .always,
            "chemical and elastic energy over the site density"),
        ],
      groups: [
        .init(
          "levels", .always, "time levels, 0 the present one",
          groups: [
            .init(
              "<level>", .always, "one level, nodal fields",
              datasets: PhaseFieldUnknown.allCases.map { unknown in
                .init(
                  unknown.name, ["mz?", "my", "mx"], unit: nil,
                  PhaseFieldUnknown.all(isElastic: false).contains(unknown) ? .always : .optional,
                  "as in the run [\(unknown.unit)]")
              })
          ])
      ]))

  /// What `simulate` prints.
  public static let simulateResult = JSONFormat(
    command: "simulate",
    keys: [
      .init("status", .text, "complete or stopped"),
      .init("steps", .number, "accepted steps"),
      .init("rejected", .number, "rejected steps"),
      .init("rejections.error", .number, "those of this process whose error was too large"),
      .init("rejections.energy", .number, "those that raised the energy"),
      .init("rejections.equations", .number, "those whose equations were not solved"),
      .init("time_s", .number, "time reached"),
      .init(
        "energy.first", .number, "free energy at the start or restart, eV nm3 over site density"),
      .init("energy.last", .number, "free energy at the end"),
      .init("mass_drift", .number, "change of the mean composition since the start"),
      .init(
        "nodes_outside", .number,
        "nodes whose composition was outside (0, 1), summed over the steps; 0 is sound"),
      .init(
        "barrier_nodes", .number,
        "nodes that the barrier held inside (0, 1), the most after a step; 0 where the grid "
          + "resolves the interfaces"),
      .init("newton_per_step", .number, "Newton iterations per accepted step"),
      .init("krylov_per_newton", .number, "Krylov iterations per Newton iteration"),
      .init("seconds", .number, "wall time"),
      .init("degrees_of_freedom", .number, "unknowns"),
    ]
      + ["aa", "bb", "cc", "ac"].flatMap { component in
        [
          JSONFormat.Key(
            "b_average_max.\(component)", .number, "largest b-averaged coherency strain"),
          JSONFormat.Key("b_average_rms.\(component)", .number, "its root mean square"),
        ]
      })
}
