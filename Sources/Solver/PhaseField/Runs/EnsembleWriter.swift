// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

/// Writes a run of particles in one dimension: stored states and histories, in place.
public struct EnsembleWriter: ~Copyable {
  /// The file; provenance goes into its root attributes.
  public var file: OutputFile
  private let system: EnsembleSystem
  private let options: RunWriter.Options
  private var rows: [[Double]] = []
  private var lastStored: Int?
  private var unfinished: String?

  private init(
    _ file: consuming OutputFile, _ system: EnsembleSystem, _ options: RunWriter.Options
  ) {
    self.file = file
    self.system = system
    self.options = options
  }

  private var isMany: Bool { system.model.factors.count > 1 }

  private var sizes: [String: Int] {
    let whole = ["nx": system.model.cells]
    return isMany ? whole.merging(["particle": system.model.factors.count]) { $1 } : whole
  }

  /// Starts a file with its status, axes and the particles' speeds; it stays once it was flushed.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public static func start(
    _ path: String, _ system: EnsembleSystem, physics: String, options: RunWriter.Options
  ) throws(ParallelError) -> EnsembleWriter {
    let file = try OutputFile(path, placement: .inPlace, communicator: system.communicator)
    let model = system.model
    try file.start(as: Formats.ensemble)
    try file.set(RunFormat.physics, physics)
    try file.set(EnsembleFormat.spacing, model.spacing)
    try file.set(EnsembleFormat.dimension, 1)
    try file.set(RunFormat.status, RunWriter.Status.running.rawValue)
    var columns: [String] = []
    for column in EnsembleFormat.columns {
      columns.append(try file.makeSeries(column, in: EnsembleFormat.history.path()))
    }
    try file.setScales(Array(columns.prefix(1)), of: Array(columns.dropFirst()))
    let places = (0..<model.cells).map { (Double($0) + 0.5) * model.spacing }
    try file.makeScale(try file.write(EnsembleFormat.place, places, in: "/"))
    let writer = EnsembleWriter(file, system, options)
    if writer.isMany {
      let numbers = model.factors.indices.map { Double($0 + 1) }
      let scale = try writer.file.write(EnsembleFormat.particle, numbers, in: "/")
      try writer.file.makeScale(scale)
      let factors = try writer.file.write(EnsembleFormat.factor, model.factors, in: "/")
      try writer.file.linkScales([scale], of: [factors])
    }
    return writer
  }

  /// Opens a run again to continue it: what was written after the given step is taken back.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file is no such run, or another case's.
  public static func resume(
    _ path: String, _ system: EnsembleSystem, step: Int, physics: String,
    options: RunWriter.Options
  ) throws(ParallelError) -> EnsembleWriter {
    let found = try StoredRun(
      path, Formats.ensemble, EnsembleFormat.columns[0].path(in: EnsembleFormat.history.path()),
      step: step, physics: physics, system.communicator)
    var writer = EnsembleWriter(
      try OutputFile(path, placement: .continued, communicator: system.communicator), system,
      options)
    for later in found.later { try writer.file.remove(EnsembleFormat.path(ofStep: later)) }
    for column in EnsembleFormat.columns {
      try writer.file.append(
        [], to: column, in: EnsembleFormat.history.path(), keeping: found.rows)
    }
    writer.lastStored = found.kept.last
    try writer.file.set(RunFormat.status, RunWriter.Status.running.rawValue)
    if found.hasReason { try writer.file.removeAttribute(RunFormat.reason.name) }
    try writer.file.flush()
    return writer
  }

  /// Notes the state for the history.
  ///
  /// - Parameters:
  ///   - stepper: the run.
  ///   - summary: of its state.
  ///   - capacity: of the particles when full, in mAh/g.
  ///   - driveStep: the drive's step, from 1 on.
  ///   - seconds: wall time.
  public mutating func record(
    _ stepper: TimeStepper<EnsembleSystem>, _ summary: EnsembleSummary, capacity: Double,
    driveStep: Int, seconds: Double
  ) {
    rows.append([
      Double(stepper.steps), stepper.time, stepper.lastStep, summary.mean, summary.voltage,
      summary.currentInC, summary.charge * capacity, summary.deviation, summary.solidSolution,
      summary.active, summary.clearlyActive, summary.lowest, summary.highest, summary.massDrift,
      Double(driveStep), Double(stepper.newton), Double(stepper.rejected), seconds,
    ])
  }

  /// Brings the history to the disk: before each checkpoint, so that no restart has a gap.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public mutating func flush() throws(ParallelError) {
    for (index, column) in EnsembleFormat.columns.enumerated() {
      try file.append(rows.map { $0[index] }, to: column, in: EnsembleFormat.history.path())
    }
    rows = []
    try file.flush()
  }

  /// Writes the present state, unless it is there.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public mutating func store(
    _ stepper: TimeStepper<EnsembleSystem>, _ summary: EnsembleSummary
  ) throws(ParallelError) {
    guard lastStored != stepper.steps else { return }
    let (model, state) = (system.model, stepper.state)
    let count = model.factors.count * model.cells
    try DiskSpace.require(16 * count + 16_384, beside: file.path, system.communicator)
    let group = EnsembleFormat.path(ofStep: stepper.steps)
    unfinished = group
    let fields = [
      (EnsembleFormat.composition, state.composition.array),
      (EnsembleFormat.potential, system.potentials(state)),
    ]
    let cells = 0..<model.cells
    let window = isMany ? Window(system.particles, cells) : Window(cells)
    for (dataset, values) in fields where options.derived != .none || dataset.name == "composition"
    {
      let path = try file.write(
        dataset, values, in: group, sizes: sizes,
        window: system.particles.isEmpty ? nil : window, as: options.storage,
        filter: options.filter)
      try file.linkScales(scales.map { $0.path() }, of: [path])
    }
    for scale in scales { try file.link(scale.path(in: group), to: scale.path()) }
    try file.set(RunFormat.time, stepper.time, of: group)
    try file.set(EnsembleFormat.voltage, summary.voltage, of: group)
    try file.set(EnsembleFormat.mean, summary.mean, of: group)
    unfinished = nil
    lastStored = stepper.steps
    try flush()
  }

  private var scales: [FileFormat.Dataset] {
    isMany ? EnsembleFormat.axes : [EnsembleFormat.place]
  }

  /// Closes the file with how the run ended.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - status: how.
  ///   - ended: why the steps of the drive ended.
  ///   - reason: why the run failed.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public consuming func finish(
    _ status: RunWriter.Status, ended: [DriveEnd], reason: String? = nil
  ) throws(ParallelError) {
    if let unfinished, try file.contains(unfinished) { try file.remove(unfinished) }
    try DiskSpace.require(16_384, beside: file.path, system.communicator)
    try flush()
    if !ended.isEmpty { try file.set(EnsembleFormat.ends, texts: ended.map(\.rawValue)) }
    if let reason { try file.set(RunFormat.reason, reason) }
    try file.set(RunFormat.status, status.rawValue)
    try file.commit()
  }
}

extension EnsembleSystem {
  /// μ of this rank's cells in eV.
  func potentials(_ state: EnsembleState) -> [Double] {
    findPotential(state)
    return potential.array
  }
}

extension EnsembleSummary {
  /// The current in C.
  public var currentInC: Double { current * 3600 }
}
