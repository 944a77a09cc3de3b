// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// What `check` prints of a material.
  public static let checkMaterialResult = JSONFormat(
    command: "check", of: "a material",
    keys: [
      .init("command", .text, "material"),
      .init("name", .text, "its name"),
      .init("reference_composition", .number, "of the reference cell, where no eigenstrain is"),
      .init("stiffness_eigenvalues_GPa", .numbers, "six, of unit strains"),
    ]
      + ["alpha", "beta", "gamma", "shear"].map {
        .init("plane_stress_GPa.\($0)", .number, "stiffness of a plate in the ac plane")
      }
      + ["a", "b", "c"].flatMap {
        [
          JSONFormat.Key("lattice_nm.\($0)", .number, "edge of the reference cell"),
          JSONFormat.Key("eigenstrain.\($0)", .number, "slope of the eigenstrain by composition"),
        ]
      })

  /// What `check` prints of a case of `dislocation` or `diffract`.
  public static let checkCaseResult = JSONFormat(
    command: "check", of: "a case of dislocation, diffract or image",
    keys: [
      .init("command", .text, "dislocation, diffract or image"),
      .init("dislocations", .number, optional: true, "cases of dislocation"),
      .init("lines", .number, optional: true, "lines of the pattern"),
      .init("systems", .number, optional: true, "slip systems"),
      .init("particles", .number, optional: true, "specimens of image"),
    ])

  /// What `check` prints of a stack.
  public static let checkStackResult = JSONFormat(
    command: "check", of: "a stack",
    keys: [
      .init("command", .text, "stack"),
      .init("pixels", .number, "pixels of all particles"),
      .init("largest_pixels", .number, "pixels of the largest particle"),
      .init("learn_memory_bytes", .number, "about the memory of learn on one rank"),
      .init("residual_memory_bytes", .number, "about the memory of residual on one rank"),
    ])

  /// What `check` prints of a case of `simulate`.
  public static let checkSimulateResult = JSONFormat(
    command: "check", of: "a case of simulate",
    keys: [
      .init("command", .text, "simulate"),
      .init("degrees_of_freedom", .number, "unknowns"),
      .init("solid_degrees_of_freedom", .number, "those of nodes with material"),
      .init("elements", .numbers, "along a, c, b"),
      .init("recommended_elements", .numbers, "along a, c, b"),
      .init("elements_across", .number, optional: true, "elements across the interface"),
      .init("ranks", .number, "ranks of the prediction"),
      .init("solid.volume_nm3", .number, "volume of the material"),
      .init("solid.void_fraction", .number, "share of the box that is none"),
      .init("solid.porosity", .number, "share of the outline that is empty"),
      .init("solid.pores", .number, "sets of elements less than half full that share faces"),
      .init("solid.fragments", .number, "parts of a tomogram that are taken out"),
      .init("solid.fragment_volume_nm3", .number, "their volume"),
      .init("solid.cut_elements", .number, "elements cut by a surface"),
      .init("solid.empty_elements", .number, "elements without material"),
      .init("solid.smallest_fraction", .number, "smallest volume fraction of an element"),
      .init("memory_bytes", .number, "memory of all ranks"),
      .init("memory_per_rank_bytes", .number, "memory of the largest rank"),
      .init("steps", .number, optional: true, "accepted steps of a small piece of the case"),
      .init("reaches_end", .boolean, optional: true, "whether that piece came to the end"),
      .init("seconds_per_step", .number, optional: true, "CPU time of a step on a rank"),
      .init("seconds", .number, optional: true, "CPU time of so many steps"),
    ])

  /// What `check` prints of a case of particles in one dimension.
  public static let checkEnsembleResult = JSONFormat(
    command: "check", of: "particles in one dimension",
    keys: [
      .init("command", .text, "simulate"),
      .init("degrees_of_freedom", .number, "unknowns"),
      .init("particles", .number, "particles"),
      .init("cells", .number, "cells of a particle"),
      .init("drive_steps", .number, "steps of the drive"),
      .init("elements_across", .number, optional: true, "cells across the interface"),
      .init("ranks", .number, "ranks of the prediction"),
      .init("memory_bytes", .number, "memory of all ranks"),
      .init("memory_per_rank_bytes", .number, "memory of the largest rank"),
      .init("steps", .number, optional: true, "accepted steps that were tried"),
      .init("reaches_end", .boolean, optional: true, "whether these came to the end of the drive"),
      .init(
        "seconds_per_step", .number, optional: true, "wall time of a step on the present ranks"),
      .init("seconds", .number, optional: true, "wall time of these steps"),
    ])

  /// What `bench` prints.
  public static let benchResult = JSONFormat(
    command: "bench",
    keys: [
      .init("rows[].id", .text, "row, such as F1"),
      .init("rows[].quantity", .text, "what was measured, with its unit"),
      .init("rows[].value", .numberOrNull, "what came out"),
      .init("rows[].reference", .numberOrNull, "what it is compared with, in the same unit"),
      .init("rows[].ratio", .numberOrNull, "how often better; the value where there is none"),
      .init("rows[].goal", .numberOrNull, "what the ratio should be"),
    ])

  /// What `verify` prints.
  public static let verifyResult = JSONFormat(
    command: "verify",
    keys: [
      .init("studies[].id", .text, "row, such as D3"),
      .init("studies[].quantity", .text, "what was computed, with its unit"),
      .init("studies[].value", .numberOrNull, "what came out"),
      .init("studies[].target", .numberOrNull, "what must come out"),
      .init("studies[].tolerance", .numberOrNull, "how far off it may be; 0 for a limit"),
      .init("studies[].tolerance_text", .text, "the same in words"),
      .init("studies[].passed", .boolean, "whether it is within"),
      .init("studies[].verdict", .text, "passed, known deviation or missed"),
      .init("studies[].deviation.reason", .text, optional: true, "why a miss is understood"),
      .init(
        "studies[].deviation.bound", .number, optional: true, "the farthest off that it may be"),
      .init("studies[].seconds", .number, "time of the study"),
    ])
}
