// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// Fields of a stored step, in the shapes that ParaView and xarray take as they are.
extension RunWriter {
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
    var scales: [String] = []
    for (axis, count, edge) in [
      (RunFormat.axisA, counts.x, h.x), (RunFormat.axisC, counts.y, h.y),
      (RunFormat.axisB, counts.z, h.z),
    ] where axes.contains(where: { $0.nodes.name == axis.nodes.name }) {
      let places = (0...count).map { Double($0) * edge }
      scales += [
        try file.write(axis.nodes, places, in: "/"),
        try file.write(axis.cells, places.dropLast().map { $0 + edge / 2 }, in: "/"),
      ]
    }
    scales += [
      try file.write(RunFormat.vector, texts: RunFormat.vectorOrder, in: "/"),
      try file.write(RunFormat.tensor, texts: DerivedFields.tensorOrder, in: "/"),
    ]
    for scale in scales { try file.makeScale(scale) }
  }

  /// The axes of a field, slowest first.
  private var axes: [RunFormat.Axis] {
    (grid.dimension == 2 ? [] : [RunFormat.axisB]) + [RunFormat.axisC, RunFormat.axisA]
  }

  /// Lets a step have the axes beside its fields, where xarray looks for coordinates.
  ///
  /// Collective.
  func linkAxes(into group: String) throws(ParallelError) {
    let scales = axes.flatMap { [$0.nodes, $0.cells] } + [RunFormat.vector, RunFormat.tensor]
    for scale in scales { try file.link(scale.path(in: group), to: scale.path()) }
  }

  /// Writes a nodal field of the state whose ghosts are filled; NaN where there is no material.
  ///
  /// Collective.
  func put(
    _ dataset: FileFormat.Dataset, _ state: Fields, _ unknown: PhaseFieldUnknown, in group: String
  ) throws(ParallelError) {
    let lane = state[unknown]
    try putNodal(dataset, in: group, components: 1) { (place, _, values) in
      values.append(lane[place])
    }
    try putCuts(RunFormat.columns(of: dataset, []), in: group) { point, _ in
      [point.value(lane)]
    }
  }

  /// Writes the displacement (a, c, b), the strain of a periodic box as a whole included.
  ///
  /// Collective.
  func putDisplacement(
    _ stepper: PhaseFieldStepper, in group: String
  ) throws(ParallelError) {
    let state = stepper.state
    let whole = stepper.system.elastic?.meanStrain ?? .zero
    let (u, v, w) = (
      state[.displacementX], state[.displacementY], state[.displacementZ]
    )
    func mean(_ at: Directions<Double>) -> (x: Double, y: Double) {
      (whole.x * at.x + whole.z / 2 * at.y, whole.y * at.y + whole.z / 2 * at.x)
    }
    try putNodal(RunFormat.displacement, in: group, components: 3) { place, at, values in
      let shift = mean(at)
      values.append(u[place] + shift.x)
      values.append(v[place] + shift.y)
      values.append(w[place])
    }
    let columns = RunFormat.columns(of: RunFormat.displacement, RunFormat.vectorOrder)
    try putCuts(columns, in: group) { point, at in
      let shift = mean(at)
      return [point.value(u) + shift.x, point.value(v) + shift.y, point.value(w)]
    }
  }

  private func putNodal(
    _ dataset: FileFormat.Dataset, in group: String, components: Int,
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
    let path = try file.write(
      dataset, values, in: group, sizes: grid.sizes,
      window: x.isEmpty || y.isEmpty ? nil : Window(ranges), as: options.storage,
      filter: options.filter)
    let scales = axes.map(\.nodes) + (components > 1 ? [RunFormat.vector] : [])
    try file.linkScales(scales.map { $0.path() }, of: [path])
  }

  /// Writes a number, or a tensor, for each element.
  ///
  /// Collective.
  func put(
    _ dataset: FileFormat.Dataset, _ values: [Double], in group: String, isTensor: Bool = false
  ) throws(ParallelError) {
    let window = grid.cellWindow.map { window in
      Window(
        zip(window.start, window.count).map { $0..<$0 + $1 } + (isTensor ? [0..<6] : []))
    }
    let path = try file.write(
      dataset, values, in: group, sizes: grid.sizes, window: window, as: options.storage,
      filter: options.filter)
    let scales = axes.map(\.cells) + (isTensor ? [RunFormat.tensor] : [])
    try file.linkScales(scales.map { $0.path() }, of: [path])
  }
}
