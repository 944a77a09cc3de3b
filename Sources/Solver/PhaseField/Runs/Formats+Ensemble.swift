// SPDX-License-Identifier: Apache-2.0

public import Formats
import Parallel

extension Formats {
  /// A run of particles in one dimension.
  public static let ensemble = FileFormat(
    name: "vegard-ensemble", version: 1,
    summary:
      "A run of one particle, or of many at one voltage, in one dimension. It grows in place "
      + "and is flushed after each stored step, so that what a killed run stored can be read. Fields "
      + "are (particle, x) with x = a, of one particle (x).",
    hasScales: true,
    root: .init(
      "/", .always, "the run",
      attributes: [
        RunFormat.status, RunFormat.reason, EnsembleFormat.ends, RunFormat.physics,
        EnsembleFormat.spacing, EnsembleFormat.dimension,
      ] + provenance,
      datasets: EnsembleFormat.axes + [EnsembleFormat.factor],
      groups: [EnsembleFormat.history, EnsembleFormat.steps]))

  /// What `simulate` prints of particles in one dimension.
  public static let simulateEnsembleResult = JSONFormat(
    command: "simulate", of: "particles in one dimension",
    keys: [
      .init("status", .text, "complete or stopped"),
      .init(
        "ended", .texts, "why each step of the drive ended: mean, voltage, current, time, window"),
      .init("steps", .number, "accepted steps"),
      .init("rejected", .number, "rejected steps"),
      .init("time_s", .number, "time reached"),
      .init("mean_x", .number, "mean composition"),
      .init("voltage", .number, "V in volt"),
      .init("current_C", .number, "mean dX/dt in 1/h"),
      .init("capacity_mAh_per_g", .number, "lithium taken up since the start"),
      .init("mass_drift", .number, "change of the mean composition that no current explains"),
      .init(
        "half.mean_x", .number, optional: true,
        "the mean composition nearest to 1/2 that a step reached"),
      .init("half.voltage", .number, optional: true, "there"),
      .init(
        "solid_solution_fraction", .number, optional: true,
        "share of length in solid solution at mean 1/2"),
      .init("active_fraction", .number, optional: true, "share of active particles at mean 1/2"),
      .init("clearly_active_fraction", .number, optional: true, "the same between .15 and .85"),
      .init(
        "critical_rate", .number, optional: true,
        "critical current in C, where the case asks for it"),
      .init("newton_per_step", .number, "Newton iterations per accepted step"),
      .init("seconds", .number, "wall time"),
      .init("particles", .number, "particles"),
      .init("cells", .number, "cells of a particle"),
    ])
}

/// The objects of a run in one dimension.
enum EnsembleFormat {
  typealias Attribute = FileFormat.Attribute
  typealias Dataset = FileFormat.Dataset
  typealias Group = FileFormat.Group

  static let ends = Attribute(
    "ended", .texts(), .optional,
    "why each step of the drive ended: mean, voltage, current, time, or window (the voltage left the "
      + "window in which particles still react)")
  static let spacing = Attribute("spacing", .numbers(unit: "nm"), .always, "edge of a cell")

  static let dimension = Attribute("dimension", .numbers(as: .integer), .always, "1")

  static let place = Dataset(
    "a_center", ["nx"], unit: "nm", .written, "coordinate of cells' centres")
  static let particle = Dataset(
    "particle", ["particle"], as: .integer, .optional, "number of a particle, where there are many")
  static let axes = [particle, place]
  static let factor = Dataset(
    "rate_factor", ["particle"], .optional,
    "k0 of a particle over that of the case, where there are "
      + "many")

  static let composition = field("composition", "1", .always, "composition X")
  static let potential = field("potential", "eV", .optional, "diffusion potential")
  private static func field(
    _ name: String, _ unit: String, _ presence: FileFormat.Presence, _ meaning: String
  ) -> Dataset {
    Dataset(
      name, ["particle?", "nx"], as: .float, or: .double, unit: unit, presence, meaning,
      attributes: [Attribute("center", .text("cell"), .always, "one number for each cell")])
  }

  fileprivate static let steps = Group("steps", .always, "stored steps", groups: [step])
  private static let step = Group(
    "<step>", .always, "the step's number in eight digits",
    attributes: [RunFormat.time, voltage, mean], datasets: [composition, potential] + axes)
  static let voltage = Attribute("voltage", .numbers(unit: "V"), .always, "voltage")
  static let mean = Attribute("mean", .numbers(), .always, "mean composition")

  /// The group of a step.
  static func path(ofStep step: Int) -> String {
    self.step.path(in: steps.path(), named: RunFormat.digits(step))
  }

  static let history = Group(
    "history", .always, "a number for each accepted step (T) and the start", datasets: columns)
  static let columns = [
    column("step", as: .integer, "accepted steps", .always),
    column("time", unit: "s", "time reached", .always),
    column("time_step", unit: "s", "length of the step"),
    column("mean_composition", "mean composition", .always),
    column("voltage", unit: "V", "voltage", .always),
    column("current", unit: "C", "mean dX/dt in 1/h, positive on discharge"),
    column("capacity", unit: "mAh/g", "lithium taken up since the start"),
    column("deviation", "root mean square deviation of X from its mean"),
    column("solid_solution_fraction", "share of length in solid solution"),
    column("active_fraction", "share of active particles"),
    column("clearly_active_fraction", "the same between the narrower thresholds"),
    column("composition_min", "smallest composition"),
    column("composition_max", "largest composition"),
    column("mass_drift", "change of the mean composition that no current explains"),
    column("drive_step", as: .integer, "step of the drive, from 1 on"),
    column("newton", as: .integer, "Newton iterations since the start"),
    column("rejected", as: .integer, "rejected steps since the start"),
    column("seconds", unit: "s", "wall time since this process began"),
  ]

  private static func column(
    _ name: String, as type: ElementType = .double, unit: String = "1", _ meaning: String,
    _ presence: FileFormat.Presence = .written
  ) -> Dataset {
    Dataset(name, ["T"], as: type, unit: unit, presence, meaning)
  }
}
