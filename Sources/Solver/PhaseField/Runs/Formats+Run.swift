// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// A phase-field run.
  public static let run = FileFormat(
    name: "vegard-run", version: 2,
    summary: "A phase-field run. It grows in place and is flushed after each stored step, so that "
      + "what a killed run stored can be read. Fields are (z, y, x) with x = a, y = c, z = b, in a "
      + "plane run (y, x); nodal ones have one number more along each direction, a periodic box its "
      + "closing plane. A vector is (a, c, b), a tensor aa, ac, ab, cc, bc, bb, in a plane run, too. "
      + "NaN is no material. `RUN.h5.xdmf` beside it opens in ParaView.",
    hasScales: true,
    root: .init(
      "/", .always, "the run",
      attributes: [
        RunFormat.status, RunFormat.reason, EnsembleFormat.ends, RunFormat.nodesOutside,
        RunFormat.barrierNodes,
        RunFormat.porosity, RunFormat.pores, RunFormat.fragments, RunFormat.fragmentVolume,
        .init(
          "field_axes", .text(RunFormat.fieldAxes), .written, "fixes the meaning of the fields"),
        .init("axes", .text(RunFormat.fieldAxes), .former, "the same as field_axes"),
        RunFormat.physics, RunFormat.spacing, RunFormat.dimension,
      ] + provenance,
      datasets: [RunFormat.volumeFraction] + RunFormat.axes,
      groups: [
        RunFormat.history, RunFormat.probes, RunFormat.regions, RunFormat.lines,
        RunFormat.lastAverages, RunFormat.steps,
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
      .init(
        "mass_drift", .number,
        "change of the mean composition since the start, of a driven body that no current explains"),
      .init(
        "ended", .texts, optional: true,
        "of a driven body: why each step of the drive ended: mean, voltage, current, time, window"),
      .init("mean_x", .number, optional: true, "of a driven body: mean composition"),
      .init("voltage", .number, optional: true, "V in volt"),
      .init("current_C", .number, optional: true, "mean dX/dt in 1/h"),
      .init("surface_nm2", .number, optional: true, "area of the surface that lithium passes"),
      .init(
        "critical_rate", .number, optional: true,
        "critical current in C, where the case asks for it"),
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

/// The objects of a run.
enum RunFormat {
  typealias Attribute = FileFormat.Attribute
  typealias Dataset = FileFormat.Dataset
  typealias Group = FileFormat.Group

  static let status = Attribute(
    "status", .text(), .always,
    "running (also of a run that was killed), complete, stopped (signal or time limit) or failed")
  static let reason = Attribute("reason", .text(), .optional, "why it failed")
  static let nodesOutside = Attribute(
    "nodes_outside", .numbers(as: .integer), .optional,
    "nodes outside (0, 1), summed over the steps of the last process")
  static let barrierNodes = Attribute(
    "barrier_nodes", .numbers(as: .integer), .optional,
    "nodes that the barrier held inside (0, 1), the most after a step of the last process")
  static let porosity = Attribute(
    "porosity", .numbers(unit: "1"), .optional, "share of the outline that is empty")
  static let pores = Attribute(
    "pores", .numbers(as: .integer), .optional,
    "elements less than half full inside the outline that hang together by their faces: how many "
      + "such sets")
  static let fragments = Attribute(
    "fragments", .numbers(as: .integer), .optional,
    "parts of a tomogram taken out because they do not touch the largest")
  static let fragmentVolume = Attribute(
    "fragment_volume", .numbers(unit: "nm3"), .optional, "their volume")
  fileprivate static let fieldAxes = "x = a, y = c, z = b; fields (z, y, x), averages (y, x)"
  static let physics = Attribute(
    "physics", .text(), .always, "the part of the case that a restart must not change")
  static let spacing = Attribute(
    "spacing", .numbers(3, unit: "nm"), .always, "edges of an element along x, y, z")
  static let dimension = Attribute("dimension", .numbers(as: .integer), .always, "2 or 3")

  // MARK: Axes

  /// A direction: coordinates of nodes and of the centres of elements.
  struct Axis: Sendable {
    let nodes, cells: Dataset

    init(_ name: String, _ nodes: String, _ cells: String, _ presence: FileFormat.Presence) {
      self.nodes = Dataset(name, [nodes], unit: "nm", presence, "coordinate of nodes")
      self.cells = Dataset(
        "\(name)_center", [cells], unit: "nm", presence, "coordinate of elements' centres")
    }
  }

  static let axisA = Axis("a", "mx", "nx", .written)
  static let axisC = Axis("c", "my", "ny", .written)
  static let axisB = Axis("b", "mz", "nz", .optional)
  static let vector = Dataset(
    "vector", ["3"], as: .text, unit: nil, .written, "components of a vector: a, c, b")
  static let tensor = Dataset(
    "tensor", ["6"], as: .text, unit: nil, .written,
    "components of a tensor: aa, ac, ab, cc, bc, bb")

  /// The axes of fields; each step has them, too.
  fileprivate static let axes =
    [axisA, axisC, axisB].flatMap { [$0.nodes, $0.cells] } + [vector, tensor]

  // MARK: Fields

  /// Where the numbers of a field lie.
  enum Centre: String { case cell, node }

  static func field(
    _ name: String, _ unit: String, _ presence: FileFormat.Presence, _ meaning: String,
    _ centre: Centre, components: Int = 1, called longName: String? = nil
  ) -> Dataset {
    Dataset(
      name,
      (centre == .cell ? ["nz?", "ny", "nx"] : ["mz?", "my", "mx"])
        + (components > 1 ? ["\(components)"] : []), as: .float, or: .double, unit: unit,
      called: longName, presence, meaning,
      attributes: [
        Attribute(
          "center", .text(centre.rawValue), .always,
          "one number for each \(centre == .cell ? "element" : "node")")
      ])
  }

  static let volumeFraction = field(
    "volume_fraction", "1", .always, "share of each element that is material", .cell)
  static let composition = field(
    "composition", "1", .optional, "composition X", .node, called: "Composition X")
  static let potential = field("potential", "eV", .optional, "diffusion potential", .node)
  static let displacement = field(
    "displacement", "nm", .optional, "displacement, of a periodic box with its mean strain", .node,
    components: 3)
  /// The nodal fields of a step.
  static let nodal = [composition, potential, displacement]

  static let steps = Group("steps", .always, "stored steps", groups: [step])
  private static let step = Group(
    "<step>", .always, "the step's number in eight digits", attributes: [time],
    datasets: nodal + ([DerivedFields.chemical] + DerivedFields.elastic).map(\.dataset) + axes
      + former,
    groups: [averages, cuts])
  static let time = Attribute("time", .numbers(unit: "s"), .always, "time reached")

  /// The group of a step.
  static func path(ofStep step: Int) -> String {
    self.step.path(in: steps.path(), named: digits(step))
  }

  /// A step's number in eight digits.
  static func digits(_ step: Int) -> String {
    let digits = String(step)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// What version 1 had instead of vectors and tensors.
  private static let former: [Dataset] =
    ["u_a", "u_c", "u_b"].map { field($0, "nm", .former, "component of the displacement", .node) }
    + DerivedFields.tensorOrder.flatMap { component in
      [
        field("strain_\(component)", "1", .former, "component of the strain", .cell),
        field("stress_\(component)", "GPa", .former, "component of the stress", .cell),
      ]
    }

  static let history = Group(
    "history", .always, "a number for each accepted step (T) and the start",
    datasets: RunHistory.columns + RunHistory.driven + [
      Dataset("clipped", ["T"], as: .integer, .former, "the same as nodes_outside")
    ])

  // MARK: Probes

  static let probes = Group(
    "probes", .optional, "composition and potential at places of the case", groups: [probe])
  static let probe = Group(
    "<probe>", .optional, "by its number from 1", attributes: [position],
    datasets: [probeComposition, probePotential])
  static let position = Attribute(
    "position", .numbers(3, unit: "nm"), .always, "a, c, b; b has no effect in a plane")
  static let probeComposition = Dataset(
    "composition", ["T"], unit: "1", .always, "X at each accepted step")
  static let probePotential = Dataset("potential", ["T"], unit: "eV", .always, "μ")

  static let regions = Group(
    "regions", .optional, "means over boxes of the case", groups: [region])
  static let region = Group(
    "<region>", .optional,
    "by its number from 1; means over the material of the elements whose centres lie inside, of the "
      + "values at these centres",
    attributes: [corners, regionVolume], datasets: regionChemistry + regionElasticity)
  static let corners = Attribute(
    "corners", .numbers(6, unit: "nm"), .always, "the lower a, c, b and the upper")
  static let regionVolume = Attribute(
    "volume", .numbers(unit: "nm3"), .written, "its material: a mean times it is an integral")
  /// The means of every region.
  static let regionChemistry = [
    mean("composition", "1", .always, "X"), mean("potential", "eV", .written, "μ"),
    mean("energy_chemical", "eV", .written, "chemical energy per Li site"),
  ]
  /// Those of a region with elasticity.
  static let regionElasticity =
    [mean("energy_elastic", "eV", .optional, "elastic energy per Li site")]
    + DerivedFields.tensorOrder.map {
      mean("strain_\($0)", "1", .optional, "component of the total strain")
    }
    + DerivedFields.tensorOrder.map {
      mean("stress_\($0)", "GPa", .optional, "component of the stress")
    }

  private static func mean(
    _ name: String, _ unit: String, _ presence: FileFormat.Presence, _ meaning: String
  ) -> Dataset {
    Dataset(name, ["T"], unit: unit, presence, meaning)
  }

  // MARK: Lines

  static let lines = Group("lines", .optional, "straight lines of the case", groups: [line])
  static let line = Group(
    "<line>", .optional, "by its number from 1", attributes: [ends], datasets: [distance])
  static let ends = Attribute(
    "ends", .numbers(6, unit: "nm"), .always, "a, c, b of its first point and of its last")
  static let distance = Dataset(
    "distance", ["L"], unit: "nm", called: "Distance", .always, "of its points from the first")
  static let cuts = Group(
    "lines", .optional, "the fields of the step along the lines of the case", groups: [cut])
  static let cut = Group(
    "<line>", .optional,
    "by its number from 1: nodal fields are interpolated as the elements do, those of elements are "
      + "the number of the element around the point; NaN is no material",
    datasets: [distance]
      + nodal.flatMap { columns(of: $0, $0.name == displacement.name ? vectorOrder : []) }
      + ([DerivedFields.chemical] + DerivedFields.elastic).flatMap {
        columns(of: $0.dataset, $0.isTensor ? DerivedFields.tensorOrder : [])
      })
  /// The components of a vector, x = a, y = c, z = b.
  static let vectorOrder = ["a", "c", "b"]

  /// The columns of a field along a line, one for each component.
  static func columns(of field: Dataset, _ components: [String]) -> [Dataset] {
    guard !components.isEmpty else {
      return [
        Dataset(
          field.name, ["L"], unit: field.unit, called: field.longName, .optional, field.meaning)
      ]
    }
    return components.map {
      Dataset(
        "\(field.name)_\($0)", ["L"], unit: field.unit, .optional,
        "component \($0): \(field.meaning)")
    }
  }

  // MARK: Averages along b

  static let averages = averageGroup("of this step")
  static let lastAverages = averageGroup("of the last stored step")

  private static func averageGroup(_ which: String) -> Group {
    Group(
      "b_average", .always, "averages along b over the material, \(which)",
      datasets: [meanComposition, volume] + zip(totalStrain, coherencyStrain).flatMap { [$0, $1] }
        + residualStrain + [axisA.cells, axisC.cells])
  }

  static let meanComposition = average(
    "composition", "1", called: "Composition X", .always, "composition X")
  static let volume = average("volume", "nm3", .always, "volume of material in the column")
  static let totalStrain = ["aa", "bb", "cc", "ac"].map {
    average("total_\($0)", "1", called: "Total ε_\($0)", .optional, "total strain")
  }
  static let coherencyStrain = ["aa", "bb", "cc", "ac"].map {
    average(
      "coherency_\($0)", "1", called: "Coherency ε_\($0)", .optional,
      "total strain less eigenstrain")
  }
  /// What `fields` calls them: they cost a problem of their own.
  static let columnResidual = "column_residual"
  static let residualStrain = ["aa", "cc", "ac"].map {
    average(
      "residual_\($0)", "1", called: "Residual ε_\($0)", .optional,
      "what the plane-stress problem of the averaged composition leaves unexplained")
  }

  private static func average(
    _ name: String, _ unit: String, called longName: String? = nil,
    _ presence: FileFormat.Presence, _ meaning: String
  ) -> Dataset {
    Dataset(
      name, ["ny", "nx"], unit: unit, called: longName, presence, meaning,
      attributes: [
        Attribute("center", .text("cell"), .always, "one number for each element")
      ])
  }
}
