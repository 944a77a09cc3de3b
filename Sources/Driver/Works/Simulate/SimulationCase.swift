// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import PhaseField
import Physics

/// A case of `simulate`: particle, material, chemistry, start and how long.
struct SimulationCase {
  /// What is simulated.
  var setup: SimulationSetup
  /// The material, from which the elasticity is made.
  let material: Material
  /// The keys with their defaults filled in and the files of material and law read.
  let filled: SimulationText
  /// How steps are chosen, and what is stored.
  var course: CourseKeys
  /// The end: a time in s, or nil until the potential is uniform.
  var until: Double?
  /// The spread of the potential at which the particle counts as relaxed, in kT.
  var spread: Double
  /// What is doubtful in how the case was filled in.
  let warnings: [String]

  /// Reads a case and the files that it names.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` naming file, line and key.
  static func read(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) -> SimulationCase {
    let text = try CaseFile<SimulationText>(path, communicator: communicator).value
    return try text.completed(in: CaseFolder.of(path), of: path, communicator)
  }

  /// The physics with its defaults filled in and its files read, as a case of its own.
  ///
  /// A restart compares it; numbers are written so that they are read back to the last bit.
  var physics: String {
    filled.lines(SimulationText.physics).joined(separator: "\n") + "\n"
  }

  /// The whole case, end, output and solver with it.
  var effective: String {
    physics + filled.lines(SimulationText.control).joined(separator: "\n") + "\n"
  }
}

extension SimulationCase {
  /// Refuses numbers that no run can have and masks of what is no stack, and says what is doubtful.
  ///
  /// Collective.
  ///
  /// - Parameter file: the case's, which an error names.
  func check(
    _ file: String, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) {
    for case .mask(let stack, _) in setup.maps {
      // A stack says what its masks mean; the geometry reads numbers only.
      _ = try StackReader(stack, communicator: communicator)
    }
    let doubts = try named(file) { () throws(ParallelError) in try setup.check() }
    for warning in warnings + doubts { log.warn(warning) }
  }

  /// Runs an action whose refusals know the case, but not its file.
  func named<Result>(
    _ file: String, _ action: () throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    do { return try action() } catch {
      guard error.kind == .input, !error.message.hasPrefix(file) else { throw error }
      throw error.during(file)
    }
  }
}
