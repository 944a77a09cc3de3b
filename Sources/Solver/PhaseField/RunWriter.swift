import Foundation
public import Parallel

/// Writes a run: fields of stored steps, histories and column averages, with an XDMF sidecar.
///
/// The file lies beside its place until ``finish(_:status:)``; a crash keeps the checkpoint.
public final class RunWriter {
  private let path: String
  private let grid: StructuredGrid
  private var stored: [(step: Int, time: Double)] = []
  private var history: [[Double]] = []

  /// The columns of the history.
  static let historyNames = [
    "step", "time", "time_step", "energy_chemical", "energy_elastic", "mass_drift", "newton",
    "krylov", "rejected",
  ]

  /// A writer for a grid.
  public init(_ path: String, _ stepper: TimeStepper) {
    self.path = path
    grid = stepper.system.grid
  }

  /// Notes the state of the history.
  ///
  /// Collective.
  public func record(_ stepper: TimeStepper) throws(ParallelError) {
    let drift = try stepper.massDrift()
    history.append([
      Double(stepper.steps), stepper.time, stepper.lastStep, stepper.energy.chemical,
      stepper.energy.elastic, drift, Double(stepper.newton), Double(stepper.krylov),
      Double(stepper.rejected),
    ])
  }

  /// Writes the fields of the present step.
  ///
  /// Collective.
  public func store(
    _ stepper: TimeStepper, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = "/steps/\(RunWriter.number(stepper.steps))"
    for component in 0..<stepper.state.count {
      let name = "\(group)/\(TimeStepper.fieldNames[component])"
      try grid.write(stepper.state, component, as: name, to: file, storage: .float)
      try file.setAttribute("units", ["1", "eV", "nm", "nm", "nm"][component], of: name)
      try file.setAttribute("center", "node", of: name)
    }
    try file.setAttribute("time", [stepper.time], of: group)
    stored.append((stepper.steps, stepper.time))
  }

  /// Writes histories, averages and attributes, puts the file in place, and the sidecar beside it.
  ///
  /// Collective.
  public func finish(
    _ stepper: TimeStepper, to file: consuming OutputFile, status: String
  ) throws(ParallelError) {
    let averages = ColumnAverages(stepper.system, stepper.state)
    try file.setAttribute("format", "vegard-run")
    try file.setAttribute("version", [1], as: .integer)
    try file.setAttribute("status", status)
    try file.setAttribute("axes", "x = a, y = c, z = b; fields (z, y, x)")
    try file.setAttribute("spacing", [grid.spacing.x, grid.spacing.y, grid.spacing.z])
    try file.setAttribute("dimension", [Double(grid.dimension)], as: .integer)
    for (column, name) in RunWriter.historyNames.enumerated() {
      try file.write("/history/\(name)", history.map { $0[column] }, shape: [history.count])
    }
    let shape = [grid.elements.y, grid.elements.x]
    let window = Window(averages.columns.y, averages.columns.x)
    let maps =
      [("composition", averages.composition), ("volume", averages.volume)]
      + ["aa", "bb", "cc", "ac"].enumerated().flatMap { index, name in
        [
          ("total_\(name)", averages.total[index]),
          ("coherency_\(name)", averages.coherency[index]),
        ]
      }
    for (name, values) in maps {
      try file.write("/b_average/\(name)", values, shape: shape, window: window)
      try file.setAttribute("center", "cell", of: "/b_average/\(name)")
      try file.setAttribute("units", name == "volume" ? "nm3" : "1", of: "/b_average/\(name)")
    }
    try file.commit()
    let (text, target) = (sidecar(stepper.state.count), path + ".xdmf")
    _ = try grid.communicator.first { () throws(ParallelError) in
      do { try text.write(toFile: target, atomically: true, encoding: .utf8) } catch {
        throw ParallelError(.file, "\(target): \(error.localizedDescription)")
      }
      return ""
    }
  }

  private static func number(_ step: Int) -> String {
    let digits = String(step)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// An XDMF 3 series without HyperSlab, which ParaView's readers take wrongly.
  private func sidecar(_ components: Int) -> String {
    let shape = grid.fileShape.map(String.init).joined(separator: " ")
    let isPlane = grid.dimension == 2
    let h = grid.spacing
    let spacing = isPlane ? "\(h.y) \(h.x)" : "\(h.z) \(h.y) \(h.x)"
    let name = path.split(separator: "/").last.map(String.init) ?? path
    var text = """
      <?xml version="1.0"?>
      <Xdmf Version="3.0"><Domain><Grid Name="run" GridType="Collection" CollectionType="Temporal">

      """
    for (step, time) in stored {
      text += """
        <Grid Name="step \(step)"><Time Value="\(time)"/>
        <Topology TopologyType="\(isPlane ? "2" : "3")DCoRectMesh" Dimensions="\(shape)"/>
        <Geometry GeometryType="ORIGIN_\(isPlane ? "DXDY" : "DXDYDZ")">
        <DataItem Dimensions="\(grid.dimension)" NumberType="Float" Precision="8" Format="XML">\
        \(isPlane ? "0 0" : "0 0 0")</DataItem>
        <DataItem Dimensions="\(grid.dimension)" NumberType="Float" Precision="8" Format="XML">\
        \(spacing)</DataItem></Geometry>

        """
      for component in 0..<components {
        let field = TimeStepper.fieldNames[component]
        text += """
          <Attribute Name="\(field)" AttributeType="Scalar" Center="Node"><DataItem \
          Dimensions="\(shape)" NumberType="Float" Precision="4" Format="HDF">\
          \(name):/steps/\(RunWriter.number(step))/\(field)</DataItem></Attribute>

          """
      }
      text += "</Grid>\n"
    }
    return text + "</Grid></Domain></Xdmf>\n"
  }
}
