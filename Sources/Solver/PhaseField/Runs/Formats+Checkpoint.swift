// SPDX-License-Identifier: Apache-2.0

public import Formats
import Parallel

extension Formats {
  /// The checkpoint of a run.
  public static let checkpoint = FileFormat(
    name: "vegard-checkpoint", version: 2,
    summary: "What a restart needs, as double. Written beside its place, brought to the disk and "
      + "renamed: a checkpoint is whole or the one before it. Its numbers (Fletcher32) and HDF5's own "
      + "structures (format of 1.10) have checksums: a damaged one is refused.",
    root: .init(
      "/", .always, "the state of a run",
      attributes: [
        CheckpointFormat.physics, CheckpointFormat.time, CheckpointFormat.step,
        CheckpointFormat.lastStep, CheckpointFormat.oldSteps, CheckpointFormat.olderLevels,
        CheckpointFormat.counters, CheckpointFormat.invariants, CheckpointFormat.energy,
        CheckpointFormat.drive,
      ],
      groups: [CheckpointFormat.levels]))
}

/// The objects of a checkpoint; the fields are those of the phase field.
enum CheckpointFormat {
  typealias Attribute = FileFormat.Attribute

  static let physics = Attribute(
    "case", .text(), .always, "the physics of the case, held against that of a restart")
  static let time = Attribute("time", .numbers(unit: "s"), .always, "time reached")
  static let step = Attribute("step", .numbers(unit: "s"), .always, "the step to be tried next")
  static let lastStep = Attribute(
    "last_step", .numbers(unit: "s"), .always, "the last accepted step")
  static let oldSteps = Attribute(
    "old_steps", .list(unit: "s"), .always, "accepted steps, the last one first")
  static let olderLevels = Attribute(
    "levels", .numbers(as: .integer), .always, "older levels that are kept, 0 to 2")
  static let counters = Attribute(
    "counters", .numbers(4, as: .integer), .always,
    "accepted steps, rejected steps, Newton and Krylov iterations")
  static let invariants = Attribute(
    "start_content", .numbers(unit: "nm3"), .always, "lithium content at the start")
  static let energy = Attribute(
    "energy", .numbers(2, unit: "eV nm3"), .optional,
    "chemical and elastic energy over the site density")
  static let drive = Attribute(
    "drive", .numbers(2), .optional,
    "of what is driven: steps of the drive that are done, and when the present one began in s")

  fileprivate static let levels = FileFormat.Group(
    "levels", .always, "time levels, 0 the present one", groups: [level])
  private static let level = FileFormat.Group(
    "<level>", .always, "one level: nodal fields, or cells of particles in one dimension",
    attributes: [scalars],
    datasets: PhaseFieldUnknown.allCases.map(field) + [fluxNoise, cells, noise])
  static let scalars = Attribute(
    "scalars", .list(), .optional,
    "of what is driven: overpotential in V, lithium taken up since the start")
  static let fluxNoise = FileFormat.Dataset(
    "flux_noise", ["mz?", "my", "mx"], unit: nil, .optional,
    "the part of the content at the nodes that noise has made [nm3]")
  static let cells = FileFormat.Dataset(
    "cells", ["cells"], unit: "1", .optional, "composition of all cells, particle after particle")
  static let noise = FileFormat.Dataset(
    "noise", ["cells"], unit: "1", .optional, "the part of it that noise has made")

  /// The two numbers of a driven state.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when they are damaged.
  static func scalars(
    of group: String, _ file: borrowing InputFile
  ) throws(ParallelError) -> [Double] {
    guard let found = try file.attribute(scalars, of: group)?.list, found.count == 2,
      found.allSatisfy(\.isFinite)
    else {
      throw ParallelError(
        .input, "\(file.path): \(group): the attribute \(scalars.name) is damaged")
    }
    return found
  }

  /// The group of a level.
  static func path(ofLevel level: Int) -> String {
    self.level.path(in: levels.path(), named: "\(level)")
  }

  /// An unknown's place in a level.
  static func field(_ unknown: PhaseFieldUnknown) -> FileFormat.Dataset {
    FileFormat.Dataset(
      unknown.name, ["mz?", "my", "mx"], unit: nil,
      .optional,
      "as in the run [\(unknown.unit)]")
  }
}
