// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The unknowns that a solve does not change, with their values.
///
/// The stiffness row of a held unknown is its diagonal alone, so each element that has it adds its
/// own diagonal entry times the value to the right-hand side.
struct HeldNodes {
  private var values: [Int: Double] = [:]
  /// Whether the values are data; pins are zero.
  let hasValues: Bool

  func contains(_ unknown: Int) -> Bool { values[unknown] != nil }

  /// The prescribed displacement in units of the pixel side.
  func value(_ unknown: Int) -> Double { values[unknown] ?? 0 }

  /// Holds three unknowns of each component, which is statically determinate: the load balances
  /// itself, so the pins carry nothing and only choose the rigid motion.
  ///
  /// Collective.
  init(
    pinning image: ParticleImage, components: Components, mesh: PixelMesh
  ) throws(ParallelError) {
    hasValues = false
    var pins = [Int](repeating: -1, count: 3 * components.count)
    let numbering = image.numbering
    for (component, ends) in components.ends.enumerated() {
      if numbering.own.contains(ends.first) {
        let node = mesh.nodes[8 * (ends.first - numbering.own.lowerBound)]
        pins[3 * component] = 2 * node
        pins[3 * component + 1] = 2 * node + 1
      }
      if numbering.own.contains(ends.last) {
        // Across the lines' direction, along which the two pins lie farthest apart.
        let node = mesh.nodes[8 * (ends.last - numbering.own.lowerBound) + 2]
        pins[3 * component + 2] = 2 * node + (image.layout.linesAreColumns ? 1 : 0)
      }
    }
    try image.communicator.reduce(&pins, .maximum)
    for pin in pins { values[pin] = 0 }
  }

  /// Holds every node on the outline at the measured displacement: the mean over the pixels that
  /// share it of d + ∇d·(x − x_pixel).
  init(boundaryOf image: ParticleImage, mesh: PixelMesh, displacement: MeasuredDisplacement) {
    hasValues = true
    let topology = PixelTopology(image)
    for (index, cell) in mesh.cells.enumerated() {
      for node in 0..<8 {
        let sharers = topology.sharers(cell, node)
        guard sharers.count < (node < 4 ? 4 : 2) else { continue }
        var mean = (a: 0.0, c: 0.0)
        for sharer in sharers {
          let place = displacement.extrapolated(
            sharer.cell, PixelElement.nodes[sharer.node].a, PixelElement.nodes[sharer.node].c)
          mean.a += place.a / Double(sharers.count)
          mean.c += place.c / Double(sharers.count)
        }
        let number = mesh.nodes[8 * index + node]
        values[2 * number] = mean.a
        values[2 * number + 1] = mean.c
      }
    }
  }
}
