import Foundation
public import Parallel

extension TimeStepper {
  /// The names of the fields of a state, in their order.
  static let fieldNames = ["composition", "potential", "u_a", "u_c", "u_b"]

  /// Writes everything that a restart needs: three time levels, steps and counters.
  ///
  /// Collective. Written beside and renamed, so that a crash leaves the last one.
  public func writeCheckpoint(_ path: String, effectiveCase: String) throws(ParallelError) {
    let file = try OutputFile(path, communicator: system.grid.communicator)
    try file.setAttribute("format", "vegard-checkpoint")
    try file.setAttribute("version", [1], as: .integer)
    try file.setAttribute("case", effectiveCase)
    try file.setAttribute("time", [time])
    try file.setAttribute("step", [step])
    try file.setAttribute("last_step", [lastStep])
    try file.setAttribute("old_steps", oldSteps.isEmpty ? [0] : oldSteps)
    try file.setAttribute("levels", [Double(old.count)], as: .integer)
    try file.setAttribute(
      "counters", [steps, rejected, newton, krylov].map(Double.init) + [0], as: .integer)
    try file.setAttribute("start_content", [startContent])
    try file.setAttribute("energy", [energy.chemical, energy.elastic])
    for (level, fields) in ([state] + old).enumerated() {
      for component in 0..<fields.count {
        try system.grid.write(
          fields, component, as: "/levels/\(level)/\(TimeStepper.fieldNames[component])", to: file)
      }
    }
    try file.commit()
  }

  /// Continues from a checkpoint.
  ///
  /// Collective. On the same ranks the run goes on bit for bit.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file is another case's.
  public func restore(_ path: String, effectiveCase: String) throws(ParallelError) {
    let file = try InputFile(path, communicator: system.grid.communicator)
    guard try file.attribute("format")?.text == "vegard-checkpoint" else {
      throw ParallelError(
        .input, "\(path): found no checkpoint, expected the format vegard-checkpoint")
    }
    guard try file.attribute("case")?.text == effectiveCase else {
      throw ParallelError(
        .input,
        "\(path): the checkpoint is of another case; only until, output and the solver may differ")
    }
    func numbers(_ name: String, _ count: Int) throws(ParallelError) -> [Double] {
      guard let list = try file.attribute(name)?.list, list.count >= count else {
        throw ParallelError(.input, "\(path): the attribute \(name) is missing or too short")
      }
      return list
    }
    let levels = Int(try numbers("levels", 1)[0])
    var states: [Fields] = []
    for level in 0...levels {
      let fields = system.makeState()
      for component in 0..<fields.count {
        try system.grid.read(
          fields, component, from: "/levels/\(level)/\(TimeStepper.fieldNames[component])", of: file
        )
      }
      try fields.fillGhosts(system.grid.halo)
      states.append(fields)
    }
    let counters = try numbers("counters", 4).map { Int($0) }
    let energies = try numbers("energy", 2)
    resume(
      states, oldSteps: Array(try numbers("old_steps", 1).prefix(levels)),
      times: (try numbers("time", 1)[0], try numbers("step", 1)[0], try numbers("last_step", 1)[0]),
      counters: counters, energy: (energies[0], energies[1]),
      startContent: try numbers("start_content", 1)[0])
  }
}

extension StructuredGrid {
  /// The shape of a nodal field in a file, slowest first.
  var fileShape: [Int] {
    dimension == 2 ? [nodes.y, nodes.x] : [nodes.z, nodes.y, nodes.x]
  }

  private var window: Window {
    dimension == 2 ? Window(own.y, own.x) : Window(0..<nodes.z, own.y, own.x)
  }

  /// Writes a nodal field, each rank its own nodes.
  ///
  /// Collective.
  func write(
    _ fields: Fields, _ component: Int, as dataset: String, to file: borrowing OutputFile,
    storage: OutputFile.Storage = .double
  ) throws(ParallelError) {
    var values: [Double] = []
    values.reserveCapacity(layout.x * layout.y * layout.z)
    let lane = fields[component]
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x { values.append(lane[layout.index(i, j, k)]) }
      }
    }
    try file.write(dataset, values, shape: fileShape, window: window, as: storage)
  }

  /// Reads the own nodes of a field.
  ///
  /// Collective.
  func read(
    _ fields: Fields, _ component: Int, from dataset: String, of file: borrowing InputFile
  ) throws(ParallelError) {
    let values = try file.numbers(dataset, window: window)
    let lane = fields[component]
    var next = 0
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x {
          lane[layout.index(i, j, k)] = values[next]
          next += 1
        }
      }
    }
  }
}
