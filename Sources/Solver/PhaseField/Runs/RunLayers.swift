// SPDX-License-Identifier: Apache-2.0

import Formats
package import Parallel

/// The stored steps of a run as what a beam along b meets: elements, layer by layer.
///
/// Axes x = a, y = c, z = b. Values are those at the centres of the elements, as the b-averages of
/// ``ColumnAverages`` take them.
package struct RunLayers: ~Copyable {
  /// The stored steps.
  package let steps: [Int]
  /// Elements along each direction; one along z in two dimensions.
  package let elements: Directions<Int>
  /// Edges of an element in nm; z is the thickness in two dimensions.
  package let spacing: Directions<Double>
  /// The part of the case that fixes the physics, as YAML.
  package let physics: String
  private let isPlane: Bool
  private let file: InputFile

  /// A layer of elements in a window, x fastest.
  package struct Layer {
    /// The share of each element that is material.
    package var share: [Double] = []
    /// Composition.
    package var composition: [Double] = []
    /// ε_aa, ε_cc, ε_ac (tensor shear) and the rotation ½(∂v_c/∂a − ∂u_a/∂c); empty where they were
    /// not asked for.
    package var gradient: [[Double]] = []
  }

  /// Opens a run in two or three dimensions.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a file that is no such run, or has no stored step.
  package init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let file = try InputFile(path, communicator: communicator)
    if try file.attribute("format")?.text == Formats.ensemble.name {
      throw ParallelError(
        .input,
        "\(path): found a run in one dimension, expected one in two or three: along a line there is "
          + "no image")
    }
    try Formats.run.checkName(
      of: file, advice: "image takes runs of simulate and files of specimens")
    try Formats.run.checkVersion(of: file)
    let place = RunFormat.steps.path()
    let names = try file.contains(place) ? try file.members(of: place) : []
    let stored = names.compactMap { Int($0) }.sorted()
    guard !stored.isEmpty else {
      throw ParallelError(.input, "\(path): found no stored step, expected one")
    }
    let shape = try file.shape(of: RunFormat.volumeFraction.path())
    let edges = try file.attribute(RunFormat.spacing)?.list ?? []
    guard (2...3).contains(shape.count), edges.count == 3, edges.allSatisfy({ $0 > 0 }) else {
      throw ParallelError(.input, "\(path): its grid is missing or damaged")
    }
    let words = try file.attribute(RunFormat.physics)?.text ?? ""
    // Nothing throws after the first of these.
    isPlane = shape.count == 2
    steps = stored
    physics = words
    elements = Directions(shape[shape.count - 1], shape[shape.count - 2], isPlane ? 1 : shape[0])
    spacing = Directions(edges[0], edges[1], edges[2])
    self.file = file
  }

  /// Layers that are read together.
  private static let slab = 16

  /// Visits the layers of a window of elements, the lowest first.
  ///
  /// Collective: all ranks visit all layers, each its own window, which may be empty.
  ///
  /// - Parameters:
  ///   - step: a stored one.
  ///   - hasGradient: whether the strain and the rotation are wanted.
  /// - Throws: ``ParallelError`` of kind `input` naming a field that the step lacks, and what `body`
  ///   throws.
  package func visit(
    step: Int, x: Range<Int>, y: Range<Int>, hasGradient: Bool,
    _ body: (_ layer: Int, Layer) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    let group = RunFormat.path(ofStep: step)
    let composition = RunFormat.composition.path(in: group)
    let displacement = hasGradient ? try components(in: group) : []
    let isEmpty = x.isEmpty || y.isEmpty
    let (columns, rows) = (isEmpty ? 0..<0 : x, isEmpty ? 0..<0 : y)
    let nodes = (
      x: isEmpty ? 0..<0 : x.lowerBound..<x.upperBound + 1,
      y: isEmpty ? 0..<0 : y.lowerBound..<y.upperBound + 1
    )
    for first in stride(from: 0, to: elements.z, by: RunLayers.slab) {
      let layers = first..<min(elements.z, first + RunLayers.slab)
      let cells = isPlane ? Window(rows, columns) : Window([layers, rows, columns])
      let planes = layers.lowerBound..<layers.upperBound + 1
      let ranges = isPlane ? [nodes.y, nodes.x] : [planes, nodes.y, nodes.x]
      let share = try file.declaredNumbers(RunFormat.volumeFraction.path(), window: cells)
      let x = Nodal(
        try file.declaredNumbers(composition, window: Window(ranges)), nodes.x.count,
        nodes.y.count, isPlane)
      let u = try displacement.map { (component) throws(ParallelError) -> Nodal in
        Nodal(try read(component, ranges), nodes.x.count, nodes.y.count, isPlane)
      }
      for layer in layers {
        let (k, count) = (layer - first, columns.count * rows.count)
        var found = Layer(share: Array(share[k * count..<(k + 1) * count]))
        found.composition = [Double](repeating: 0, count: count)
        found.gradient = [[Double]](
          repeating: found.composition, count: hasGradient ? Channels.count : 0)
        for j in 0..<rows.count {
          for i in 0..<columns.count {
            let cell = j * columns.count + i
            // Only elements with material have values at all their nodes.
            guard found.share[cell] > 0 else { continue }
            found.composition[cell] = x.mean(i, j, k)
            guard hasGradient else { continue }
            let (aa, ca) = (u[0].alongX(i, j, k) / spacing.x, u[1].alongX(i, j, k) / spacing.x)
            let (ac, cc) = (u[0].alongY(i, j, k) / spacing.y, u[1].alongY(i, j, k) / spacing.y)
            found.gradient[0][cell] = aa
            found.gradient[1][cell] = cc
            found.gradient[2][cell] = (ac + ca) / 2
            found.gradient[3][cell] = (ca - ac) / 2
          }
        }
        try body(layer, found)
      }
    }
  }

  /// ε_aa, ε_cc, ε_ac, rotation.
  private enum Channels { static let count = 4 }

  /// Where a component of the displacement lies: a dataset and, in a vector, which of its numbers.
  private typealias Component = (dataset: String, index: Int?)

  /// The displacement along a and c.
  ///
  /// Collective.
  private func components(in group: String) throws(ParallelError) -> [Component] {
    let vector = RunFormat.displacement.path(in: group)
    if try file.contains(vector) { return [(vector, 0), (vector, 1)] }
    // Of version 1.
    let former = ["u_a", "u_c"].map { "\(group)/\($0)" }
    if try file.contains(former[0]) { return former.map { ($0, nil) } }
    throw ParallelError(
      .input,
      "\(file.path): dataset \(vector) is missing: the run has no elasticity, so that there is no "
        + "strain to be seen; ask for the composition alone")
  }

  /// Collective.
  private func read(
    _ component: Component, _ ranges: [Range<Int>]
  ) throws(ParallelError) -> [Double] {
    let index = component.index.map { [$0..<$0 + 1] } ?? []
    return try file.declaredNumbers(component.dataset, window: Window(ranges + index))
  }
}

/// Numbers at the nodes of a window, x fastest, and what they are at the centres of elements.
private struct Nodal {
  let values: [Double]
  let line: Int
  let plane: Int
  /// From a layer of nodes to the one above; the same nodes in two dimensions.
  let above: Int

  init(_ values: [Double], _ x: Int, _ y: Int, _ isPlane: Bool) {
    self.values = values
    line = x
    plane = x * y
    above = isPlane ? 0 : x * y
  }

  @inline(__always)
  private func corners(_ i: Int, _ j: Int, _ k: Int) -> (low: Int, high: Int) {
    let low = (k * plane + j * line) + i
    return (low, low + above)
  }

  @inline(__always)
  func mean(_ i: Int, _ j: Int, _ k: Int) -> Double {
    let (p, q) = corners(i, j, k)
    let below = values[p] + values[p + 1] + values[p + line] + values[p + line + 1]
    return (below + values[q] + values[q + 1] + values[q + line] + values[q + line + 1]) / 8
  }

  /// The difference along x from face to face.
  @inline(__always)
  func alongX(_ i: Int, _ j: Int, _ k: Int) -> Double {
    let (p, q) = corners(i, j, k)
    let below = values[p + 1] - values[p] + values[p + line + 1] - values[p + line]
    return (below + values[q + 1] - values[q] + values[q + line + 1] - values[q + line]) / 4
  }

  /// The difference along y from face to face.
  @inline(__always)
  func alongY(_ i: Int, _ j: Int, _ k: Int) -> Double {
    let (p, q) = corners(i, j, k)
    let below = values[p + line] - values[p] + values[p + line + 1] - values[p + 1]
    return (below + values[q + line] - values[q] + values[q + line + 1] - values[q + 1]) / 4
  }
}
