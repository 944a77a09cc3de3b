// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// The XDMF 3 description of a run, which ParaView opens; beside the file as `RUN.h5.xdmf`.
///
/// Without HyperSlab, which ParaView's readers take wrongly; paths are relative.
struct RunSidecar {
  /// A stored step and its fields.
  struct Step {
    let step: Int
    let time: Double
    let fields: [String]

    fileprivate var nodal: [String] {
      RunFormat.nodal.map(\.name).filter(fields.contains)
    }
    fileprivate var cells: [String] {
      ([DerivedFields.chemical] + DerivedFields.elastic).map(\.name).filter(fields.contains)
    }
  }

  private let path: String
  private let grid: StructuredGrid
  private let precision: Int
  private var steps: [Step] = []

  init(_ path: String, _ grid: StructuredGrid, isDouble: Bool) {
    self.path = path
    self.grid = grid
    precision = isDouble ? 8 : 4
  }

  /// Adds a step, in the place of what is known of it.
  mutating func add(_ step: Step) {
    if steps.last?.step == step.step { steps.removeLast() }
    steps.append(step)
  }

  /// Writes the file beside and renames it.
  ///
  /// Collective.
  func write() throws(ParallelError) {
    let target = path + ".xdmf"
    _ = try grid.communicator.first { () throws(ParallelError) in
      do { try text.write(toFile: target, atomically: true, encoding: .utf8) } catch {
        throw ParallelError(.file, "\(target): \(error.localizedDescription)")
      }
      return ""
    }
  }

  /// The whole text.
  package var text: String {
    """
    <?xml version="1.0"?>
    <Xdmf Version="3.0"><Domain><Grid Name="run" GridType="Collection" CollectionType="Temporal">

    """ + steps.map(text(of:)).joined() + "</Grid></Domain></Xdmf>\n"
  }

  private func text(of step: Step) -> String {
    let h = grid.spacing
    let group = RunFormat.path(ofStep: step.step)
    // A plane run is a box of one layer of nodes: a 2DCoRectMesh lands in ParaView's y and z.
    let nodes = grid.closedShape.map(String.init).joined(separator: " ")
    var text = """
      <Grid Name="step \(step.step)"><Time Value="\(step.time)"/>
      <Topology TopologyType="3DCoRectMesh" \
      Dimensions="\(grid.dimension == 2 ? "1 " : "")\(nodes)"/>
      <Geometry GeometryType="ORIGIN_DXDYDZ">
      <DataItem Dimensions="3" NumberType="Float" Precision="8" Format="XML">0 0 0</DataItem>
      <DataItem Dimensions="3" NumberType="Float" Precision="8" Format="XML">\
      \(h.z) \(h.y) \(h.x)</DataItem></Geometry>

      """
    for name in step.nodal {
      let components = name == RunFormat.displacement.name ? 3 : 1
      text += attribute(name, "Node", grid.closedShape, components, group + "/" + name)
    }
    let fraction = RunFormat.volumeFraction
    text += attribute(fraction.name, "Cell", grid.cellShape, 1, fraction.path())
    for name in step.cells {
      let components = ["strain", "stress"].contains(name) ? 6 : 1
      text += attribute(name, "Cell", grid.cellShape, components, group + "/" + name)
    }
    return text + "</Grid>\n"
  }

  private func attribute(
    _ name: String, _ centre: String, _ shape: [Int], _ components: Int, _ dataset: String
  ) -> String {
    let type = components == 1 ? "Scalar" : components == 3 ? "Vector" : "Tensor6"
    let shape = shape + (components == 1 ? [] : [components])
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return """
      <Attribute Name="\(name)" AttributeType="\(type)" Center="\(centre)"><DataItem \
      Dimensions="\(shape.map(String.init).joined(separator: " "))" NumberType="Float" \
      Precision="\(precision)" Format="HDF">\(file):\(dataset)</DataItem></Attribute>

      """
  }
}
