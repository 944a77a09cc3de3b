// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The motions of a body that cost no energy, orthonormal in the lumped mass.
///
/// The stiffness of a free body has them as its null space: translations e_i, and rotations e_i ×
/// x, whose gradient is skew and has no strain. Where a direction is periodic no rotation is: it
/// would take opposite faces apart. With ⟨u, v⟩ = Σ m u·v over nodes, Gram and Schmidt make them
/// orthonormal, and u − Σ ⟨u, r⟩ r has no rigid part. They are projected, not pinned: pinned nodes
/// would take up the rounding of all loads.
final class RigidModes {
  private let grid: StructuredGrid
  private let mass: Fields
  private var modes: [Fields] = []

  /// Three translations and three rotations; two and one in two dimensions.
  ///
  /// Collective.
  init(_ grid: StructuredGrid, mass: Fields) throws(ParallelError) {
    self.grid = grid
    self.mass = mass
    let isPlane = grid.dimension == 2
    for number in 0..<6 where !isPlane || [0, 1, 5].contains(number) {
      if number > 2 && (grid.periodic.x || grid.periodic.y) { continue }
      let mode = Fields(grid.layout, count: 3)
      for k in 0..<grid.layout.z {
        for j in 0..<grid.layout.y {
          for i in 0..<grid.layout.x {
            let place = grid.layout.index(i, j, k)
            guard mass[0][place] > 0 else { continue }
            let p = grid.position(i, j, k)
            let at = (p.x - grid.size.x / 2, p.y - grid.size.y / 2, p.z - grid.size.z / 2)
            // e_x × x = (0, −z, y), e_y × x = (z, 0, −x), e_z × x = (−y, x, 0).
            switch number {
            case 0, 1, 2: mode[number][place] = 1
            case 3: (mode[1][place], mode[2][place]) = (-at.2, at.1)
            case 4: (mode[0][place], mode[2][place]) = (at.2, -at.0)
            default: (mode[0][place], mode[1][place]) = (-at.1, at.0)
            }
          }
        }
      }
      try remove(from: mode, at: 0)
      let square = try product(mode, 0, mode)
      guard square > 0 else { continue }
      VectorKernels.scaleAll(mode, by: 1 / square.squareRoot())
      modes.append(mode)
    }
  }

  private func product(_ fields: Fields, _ first: Int, _ mode: Fields) throws(ParallelError)
    -> Double
  {
    var sum = Eight.zero
    let m = mass[0]
    for component in 0..<3 {
      let (u, v) = (fields[first + component], mode[component])
      for place in stride(from: 0, to: grid.layout.size, by: 8) {
        sum += m.load(place) * u.load(place) * v.load(place)
      }
    }
    return try grid.communicator.sum(sum.sum())
  }

  /// Removes the rigid part of three fields.
  ///
  /// Collective.
  func remove(from fields: Fields, at first: Int) throws(ParallelError) {
    for mode in modes {
      let share = try product(fields, first, mode)
      for component in 0..<3 {
        let (u, v) = (fields[first + component], mode[component])
        for place in stride(from: 0, to: grid.layout.size, by: 8) {
          u.add(place, v.load(place) * -share)
        }
      }
    }
  }
}
