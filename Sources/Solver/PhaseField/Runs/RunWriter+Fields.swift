// SPDX-License-Identifier: Apache-2.0

import Parallel

/// Fields of a stored step, in the shapes that ParaView and xarray take as they are.
extension RunWriter {
  /// The nodal fields of a step.
  static let nodalNames = ["composition", "potential", "displacement"]
  /// The components of a vector, x = a, y = c, z = b.
  static let vectorOrder = ["a", "c", "b"]

  /// Takes up where there is material, ghosts included.
  ///
  /// Collective.
  func markMaterial(_ system: PhaseFieldSystem) throws(ParallelError) {
    mass.copy(system.mass)
    try mass.fillGhosts(grid.halo)
  }

  /// The axes of fields: coordinates of nodes and of the centres of elements, and components.
  ///
  /// Collective.
  func writeAxes() throws(ParallelError) {
    let (counts, h) = (grid.elements, grid.spacing)
    for (name, count, edge) in [("a", counts.x, h.x), ("c", counts.y, h.y), ("b", counts.z, h.z)]
    where axes.contains(name) {
      let places = (0...count).map { Double($0) * edge }
      try file.write("/\(name)", places, shape: [count + 1])
      try file.write("/\(name)_center", places.dropLast().map { $0 + edge / 2 }, shape: [count])
      for axis in [name, name + "_center"] {
        try file.setAttribute("units", "nm", of: "/\(axis)")
        try file.makeScale("/\(axis)")
      }
    }
    try file.write("/vector", texts: RunWriter.vectorOrder)
    try file.write("/tensor", texts: DerivedFields.tensorOrder)
    for axis in ["vector", "tensor"] { try file.makeScale("/\(axis)") }
  }

  /// The axes of a field, slowest first.
  private var axes: [String] { grid.dimension == 2 ? ["c", "a"] : ["b", "c", "a"] }

  /// Lets a step have the axes beside its fields, where xarray looks for coordinates.
  ///
  /// Collective.
  func linkAxes(into group: String) throws(ParallelError) {
    for name in axes.flatMap({ [$0, $0 + "_center"] }) + ["vector", "tensor"] {
      try file.link("\(group)/\(name)", to: "/\(name)")
    }
  }

  /// Writes a nodal field of the state whose ghosts are filled; NaN where there is no material.
  ///
  /// Collective.
  func put(
    _ group: String, _ state: Fields, _ unknown: PhaseFieldUnknown
  ) throws(ParallelError) {
    let lane = state[unknown]
    try putNodal("\(group)/\(unknown.name)", unit: unknown.unit, components: 1) {
      (place, _, values) in values.append(lane[place])
    }
  }

  /// Writes the displacement (a, c, b), the strain of a periodic box as a whole included.
  ///
  /// Collective.
  func putDisplacement(_ group: String, _ stepper: PhaseFieldStepper) throws(ParallelError) {
    let state = stepper.state
    let whole = stepper.system.elastic?.meanStrain ?? .zero
    let (u, v, w) = (
      state[.displacementX], state[.displacementY], state[.displacementZ]
    )
    try putNodal("\(group)/displacement", unit: "nm", components: 3) { place, at, values in
      values.append(u[place] + whole.x * at.x + whole.z / 2 * at.y)
      values.append(v[place] + whole.y * at.y + whole.z / 2 * at.x)
      values.append(w[place])
    }
  }

  private func putNodal(
    _ name: String, unit: String, components: Int,
    _ append: (_ place: Int, _ at: Directions<Double>, _ values: inout [Double]) -> Void
  ) throws(ParallelError) {
    let (x, y) = grid.closedNodes
    let layers = grid.layout.z
    var values: [Double] = []
    values.reserveCapacity(x.count * y.count * layers * components)
    for k in 0..<layers {
      for j in 0..<y.count {
        for i in 0..<x.count {
          let place = grid.layout.index(i, j, k)
          guard mass[0][place] > 0 else {
            for _ in 0..<components { values.append(.nan) }
            continue
          }
          append(place, grid.position(i, j, k), &values)
        }
      }
    }
    var ranges = grid.dimension == 2 ? [y, x] : [0..<layers, y, x]
    if components > 1 { ranges.append(0..<components) }
    try file.write(
      name, values, shape: grid.closedShape + (components > 1 ? [components] : []),
      window: x.isEmpty || y.isEmpty ? nil : Window(ranges), as: options.storage,
      filter: options.filter)
    try describe(name, unit: unit, centre: "node", axes + (components > 1 ? ["vector"] : []))
  }

  /// Writes a number, or a tensor, for each element.
  ///
  /// Collective.
  func put(
    _ name: String, _ values: [Double], unit: String, isTensor: Bool = false
  ) throws(ParallelError) {
    let window = grid.cellWindow.map { window in
      Window(
        zip(window.start, window.count).map { $0..<$0 + $1 } + (isTensor ? [0..<6] : []))
    }
    try file.write(
      name, values, shape: grid.cellShape + (isTensor ? [6] : []), window: window,
      as: options.storage, filter: options.filter)
    try describe(
      name, unit: unit, centre: "cell", axes.map { $0 + "_center" } + (isTensor ? ["tensor"] : []))
  }

  private func describe(
    _ name: String, unit: String, centre: String, _ axes: [String]
  ) throws(ParallelError) {
    try file.setAttribute("units", unit, of: name)
    try file.setAttribute("center", centre, of: name)
    try file.linkScales(axes.map { "/\($0)" }, of: [name])
  }
}
