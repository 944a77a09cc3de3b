// SPDX-License-Identifier: Apache-2.0

import Formats
import Foundation
public import Parallel

/// Writes a run: fields of stored steps, histories and column averages, with an XDMF sidecar.
///
/// The file grows in place and is flushed after each stored step, so that a run that is killed
/// leaves all of them; its attribute `status` says how far it came.
public struct RunWriter: ~Copyable {
  /// What is stored.
  public struct Options: Sendable {
    /// When strains, stresses and energies are stored.
    public enum Derived: String, Sendable, CaseIterable { case last, all, none }
    /// When strains, stresses and energies are stored.
    public var derived = Derived.last
    /// What each stored step holds, of ``RunWriter/fieldNames(isPlane:isElastic:)``; nil for
    /// composition and displacement, and the others as `derived` says.
    public var fields: [String]?
    /// The number type of fields.
    public var storage = ElementType.float
    /// How fields lie in the file.
    public var filter = OutputFile.Filter.fast
    /// What is told beside history and fields.
    public var probes = Probes()

    /// The defaults.
    public init() {}
  }

  /// How far a run came.
  public enum Status: String, Sendable { case running, complete, stopped, failed }

  /// The file; provenance goes into its root attributes.
  public var file: OutputFile
  let options: Options
  let grid: StructuredGrid
  private let derived: DerivedFields
  /// The lumped mass of nodes and ghosts, by which those without material are known.
  let mass: Fields
  /// Steps stored since the file was opened.
  private var storedHere = 0
  private var sidecar: RunSidecar
  private var rows: [[Double]] = []
  private let columns: [FileFormat.Dataset]
  let probes: ProbeSums
  let cuts: LineCuts
  /// What the probes told last, and at each step of ``rows``.
  private var probed: [Double]
  private var probeRows: [[Double]] = []
  /// The last stored step and its fields.
  private var last: (step: Int, fields: [String])?
  /// The group of a step of which not everything is written yet.
  private var unfinished: String?

  private init(
    _ file: consuming OutputFile, _ stepper: PhaseFieldStepper, _ options: Options,
    _ probes: ProbeSums
  ) {
    self.probes = probes
    cuts = LineCuts(options.probes.lines, stepper.system)
    probed = [Double](repeating: .nan, count: probes.count)
    let path = file.path
    self.file = file
    self.options = options
    grid = stepper.system.grid
    derived = DerivedFields(stepper.system)
    columns = RunHistory.columns(of: stepper.system)
    mass = Fields(grid.layout, count: 1)
    sidecar = RunSidecar(path, grid, isDouble: options.storage == .double)
  }

  /// Starts a file, with its status and the volume fractions; it stays once it was flushed.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public static func start(
    _ path: String, _ stepper: PhaseFieldStepper, physics: String = "", options: Options = Options()
  ) throws(ParallelError) -> RunWriter {
    let grid = stepper.system.grid
    let probes = try ProbeSums(options.probes, stepper.system)
    let file = try OutputFile(path, placement: .inPlace, communicator: grid.communicator)
    try file.start(as: Formats.run)
    try file.set(RunFormat.physics, physics)
    try file.set(RunFormat.spacing, [grid.spacing.x, grid.spacing.y, grid.spacing.z])
    try file.set(RunFormat.dimension, grid.dimension)
    try file.set(RunFormat.status, Status.running.rawValue)
    var columns: [String] = []
    for column in RunHistory.columns(of: stepper.system) {
      columns.append(try file.makeSeries(column, in: RunFormat.history.path()))
    }
    try file.setScales(Array(columns.prefix(1)), of: Array(columns.dropFirst()))
    let writer = RunWriter(file, stepper, options, probes)
    try writer.openProbes(stepper.system, rows: 0)
    try writer.markMaterial(stepper.system)
    try writer.writeAxes()
    try writer.put(RunFormat.volumeFraction, writer.derived.volumeFraction(), in: "/")
    return writer
  }

  /// Opens a run again to continue it: what was written after the stepper's step is taken back.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file is no run, or another case's.
  public static func resume(
    _ path: String, _ stepper: PhaseFieldStepper, physics: String, options: Options = Options()
  ) throws(ParallelError) -> RunWriter {
    let found = try RunHistory.look(path, stepper, physics)
    var options = options
    options.storage = found.storage
    let known = try knownProbes(path, options.probes, stepper.system)
    let probes = try ProbeSums(options.probes, stepper.system)
    var writer = RunWriter(
      try OutputFile(
        path, placement: .continued, communicator: stepper.system.grid.communicator),
      stepper, options, probes)
    try writer.markMaterial(stepper.system)
    for step in found.later { try writer.file.remove(RunFormat.path(ofStep: step)) }
    for column in writer.columns {
      try writer.file.append(
        [], to: column, in: RunFormat.history.path(), keeping: found.rows)
    }
    try writer.openProbes(stepper.system, rows: found.rows, known: known)
    for entry in found.kept { writer.sidecar.add(entry) }
    if let entry = found.kept.last {
      try writer.linkAverages(entry.step)
      if entry.step == stepper.steps { writer.last = (entry.step, entry.fields) }
    }
    try writer.file.set(RunFormat.status, Status.running.rawValue)
    if found.hasReason { try writer.file.removeAttribute(RunFormat.reason.name) }
    try writer.file.flush()
    return writer
  }

  /// Asks the probes, whose numbers ``record(_:_:seconds:)`` notes.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public mutating func probe(_ stepper: PhaseFieldStepper) throws(ParallelError) {
    guard probes.count > 0 else { return }
    if options.probes.regions.isEmpty {
      try stepper.state.fillGhosts(grid.halo, of: 0..<2)
    } else {
      try stepper.state.fillGhosts(grid.halo)
    }
    probed = try probes.values(stepper.state)
  }

  /// Notes the state for the history, and in which step of its drive it is, from 1 on.
  public mutating func record(
    _ stepper: PhaseFieldStepper, _ summary: PhaseFieldSummary, driveStep: Int = 1, seconds: Double
  ) {
    rows.append(RunHistory.row(stepper, summary, driveStep: driveStep, seconds: seconds))
    probeRows.append(probed)
  }

  /// Brings the history to the disk: before each checkpoint, so that no restart has a gap.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public mutating func flush() throws(ParallelError) {
    for (index, column) in columns.enumerated() {
      try file.append(
        rows.map { $0[index] }, to: column, in: RunFormat.history.path())
    }
    try appendProbes(probeRows)
    (rows, probeRows) = ([], [])
    try file.flush()
  }

  /// Writes the fields of the present step, unless they are there.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public mutating func store(
    _ stepper: PhaseFieldStepper, isLast: Bool = false
  ) throws(ParallelError) {
    let group = RunFormat.path(ofStep: stepper.steps)
    let isNew = last?.step != stepper.steps
    let there = isNew ? [] : last?.fields ?? []
    let wanted = wanted(isLast: isLast).filter { !there.contains($0) }
    if !isNew && wanted.isEmpty { return }
    let state = stepper.state
    try DiskSpace.require(largestStep(wanted), beside: file.path, grid.communicator)
    try state.fillGhosts(grid.halo)
    if isNew {
      unfinished = group
      try file.makeGroup(group)
      try file.set(RunFormat.time, stepper.time, of: group)
      try linkAxes(into: group)
      try putAverages(group, ColumnAverages(stepper.system, state))
    }
    for name in wanted { try put(name, stepper, in: group) }
    if isNew { try linkAverages(stepper.steps) }
    unfinished = nil
    last = (stepper.steps, there + wanted)
    sidecar.add(RunSidecar.Step(step: stepper.steps, time: stepper.time, fields: there + wanted))
    try flush()
    storedHere += 1
    if storedHere.isMultiple(of: RunWriter.reopening) { try file.reopen() }
    try sidecar.write()
  }

  /// Writes a field by its name, and along the lines.
  ///
  /// Collective.
  private func put(
    _ name: String, _ stepper: PhaseFieldStepper, in group: String
  ) throws(ParallelError) {
    let state = stepper.state
    switch name {
    case RunFormat.composition.name:
      try put(RunFormat.composition, state, .composition, in: group)
    case RunFormat.potential.name: try put(RunFormat.potential, state, .potential, in: group)
    case RunFormat.displacement.name: try putDisplacement(stepper, in: group)
    case RunFormat.columnResidual:
      guard let rest = try stepper.columnResidual() else { return }
      for (dataset, values) in zip(RunFormat.residualStrain, rest.residual) {
        try putAverage(dataset, values, rest.columns, of: group)
      }
    default:
      guard let field = derived.fields.first(where: { $0.name == name }) else { return }
      let values = derived.values(field, state)
      try put(field.dataset, values, in: group, isTensor: field.isTensor)
      let components = field.isTensor ? DerivedFields.tensorOrder : []
      let count = max(1, components.count)
      try putCuts(RunFormat.columns(of: field.dataset, components), in: group) { point, _ in
        Array(values[point.cell * count..<(point.cell + 1) * count])
      }
    }
  }

  /// The fields of a stored step.
  private func wanted(isLast: Bool) -> [String] {
    let all = RunWriter.fieldNames(
      isPlane: grid.dimension == 2, isElastic: derived.fields.count > 1)
    if let fields = options.fields { return all.filter(fields.contains) }
    if options.derived == .all || (options.derived == .last && isLast) { return all }
    return all.filter { [RunFormat.composition.name, RunFormat.displacement.name].contains($0) }
  }

  /// The names of all that a step may hold.
  public static func fieldNames(isPlane: Bool, isElastic: Bool) -> [String] {
    let nodal = RunFormat.nodal.map(\.name)
    guard isElastic else {
      return nodal.filter { $0 != RunFormat.displacement.name } + [DerivedFields.chemical.name]
    }
    return nodal + ([DerivedFields.chemical] + DerivedFields.elastic).map(\.name)
      + (isPlane ? [] : [RunFormat.columnResidual])
  }

  /// Stored steps after which the file is opened anew: until then HDF5 keeps the structure of each
  /// in memory, a tenth of a megabyte.
  private static let reopening = 16

  /// Bytes that a step of some fields may take, not counting compression.
  private func largestStep(_ names: [String]) -> Int {
    let number = options.storage == .double ? 8 : 4
    let (nodes, cells) = (grid.closedShape.reduce(1, *), grid.cellShape.reduce(1, *))
    let numbers = names.reduce(0) { sum, name in
      if name == RunFormat.displacement.name { return sum + 3 * nodes }
      if RunFormat.nodal.contains(where: { $0.name == name }) { return sum + nodes }
      let isTensor = derived.fields.contains { $0.name == name && $0.isTensor }
      return sum + (isTensor ? 6 : 1) * cells
    }
    let points = cuts.lines.reduce(0) { $0 + $1.count }
    let datasets = 5 + names.count * (1 + 6 * cuts.lines.count) + 13
    return number * numbers + 8 * 6 * names.count * points
      + 8 * 13 * grid.elements.x * grid.elements.y + 2048 * datasets
  }

  /// Closes the file with how the run ended.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public consuming func finish(_ status: Status, reason: String? = nil) throws(ParallelError) {
    // What a full disk cut short is taken back: all steps of a file are whole.
    if let unfinished, try file.contains(unfinished) { try file.remove(unfinished) }
    try DiskSpace.require(16_384, beside: file.path, grid.communicator)
    try flush()
    if let reason { try file.set(RunFormat.reason, reason) }
    try file.set(RunFormat.status, status.rawValue)
    try file.commit()
  }

  private func putAverages(_ group: String, _ averages: ColumnAverages) throws(ParallelError) {
    var maps = [
      (RunFormat.meanComposition, averages.composition), (RunFormat.volume, averages.volume),
    ]
    if derived.fields.count > 1 {
      maps += zip(RunFormat.totalStrain, averages.total)
      maps += zip(RunFormat.coherencyStrain, averages.coherency)
    }
    for (dataset, values) in maps {
      try putAverage(dataset, values, averages.columns, of: group)
    }
    let place = RunFormat.averages.path(in: group)
    for axis in averageAxes { try file.link(axis.path(in: place), to: axis.path()) }
  }

  private func putAverage(
    _ dataset: FileFormat.Dataset, _ values: [Double], _ columns: (x: Range<Int>, y: Range<Int>),
    of group: String
  ) throws(ParallelError) {
    let path = try file.write(
      dataset, values, in: RunFormat.averages.path(in: group), sizes: grid.sizes,
      window: columns.x.isEmpty || columns.y.isEmpty ? nil : Window(columns.y, columns.x))
    try file.linkScales(averageAxes.map { $0.path() }, of: [path])
  }

  /// The axes of averages along b.
  private var averageAxes: [FileFormat.Dataset] { [RunFormat.axisC.cells, RunFormat.axisA.cells] }

  /// Lets `/b_average` be that of a step.
  private func linkAverages(_ step: Int) throws(ParallelError) {
    let last = RunFormat.lastAverages.path()
    if try file.contains(last) { try file.remove(last) }
    try file.link(last, to: RunFormat.averages.path(in: RunFormat.path(ofStep: step)))
  }

  /// Tells what the geometry came to.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(_ solid: SimulationSetup.Solid) throws(ParallelError) {
    try file.set(RunFormat.porosity, solid.porosity)
    try file.set(RunFormat.pores, solid.pores)
    try file.set(RunFormat.fragments, solid.fragments.count)
    try file.set(RunFormat.fragmentVolume, solid.fragments.volume)
  }

  /// Tells for how many nodes the composition left its bounds, or was kept from that.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(nodesOutside: Int, barrierNodes: Int) throws(ParallelError) {
    try file.set(RunFormat.nodesOutside, nodesOutside)
    try file.set(RunFormat.barrierNodes, barrierNodes)
  }

  /// Tells why the steps of a drive ended.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public func write(ended: [DriveEnd]) throws(ParallelError) {
    if !ended.isEmpty { try file.set(EnsembleFormat.ends, texts: ended.map(\.rawValue)) }
  }
}
