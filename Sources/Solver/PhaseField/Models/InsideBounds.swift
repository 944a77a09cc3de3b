// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// The Gauss points of a state where the energy has bounds: it is evaluated nowhere else.
extension PhaseFieldSystem {
  /// Whether all Gauss points lie inside (0, 1), and the nodes at which lithium reacts.
  ///
  /// Collective; fills the ghosts of the composition.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func isInside(_ state: Fields) throws(ParallelError) -> Bool {
    guard model.energy.hasBounds else { return true }
    try state.fillGhosts(grid.halo, of: 0..<1)
    var least = Eight(repeating: 1)
    forElements { place, isSolid in
      let points = gaussPoints(state[.composition], place)
      @inline(__always) func take(_ x: Eight) {
        let room = x.replacing(with: 1 - x, where: x .> 0.5)
        least.replace(with: room, where: isSolid .& (room .< least))
      }
      take(points.v0)
      take(points.v1)
      take(points.v2)
      take(points.v3)
      take(points.v4)
      take(points.v5)
      take(points.v6)
      take(points.v7)
    }
    let room = min(least.min(), surface?.leastRoom(state[.composition]) ?? 1)
    return try grid.communicator.minimum(room) > 0
  }

  /// The share of a Newton step that keeps the Gauss points inside (0, 1).
  ///
  /// The largest s ≤ 1 with s |δX| ≤ 0.9 (X or 1 − X, whichever δX goes towards) at every Gauss
  /// point and node at which lithium reacts: at most nine tenths of the way to a bound, the rule of interior-point methods. The step
  /// as a whole is shortened, so that the lithium content stays; Newton's residual falls by 1 − s
  /// to first order.
  ///
  /// Collective; fills the ghosts of the change of the composition.
  func stepLength(_ state: Fields, _ change: Fields) throws(ParallelError) -> Double {
    guard model.energy.hasBounds else { return 1 }
    try change.fillGhosts(grid.halo, of: 0..<1)
    var most = Eight(repeating: 1)
    forElements { place, isSolid in
      let (points, steps) = (
        gaussPoints(state[.composition], place), gaussPoints(change[.composition], place)
      )
      @inline(__always) func take(_ x: Eight, _ dx: Eight) {
        // X − dX: a positive change goes down.
        let room = x.replacing(with: 1 - x, where: dx .< 0)
        let used = dx.replacing(with: .zero - dx, where: dx .< 0) / (room * 0.9)
        most.replace(with: used, where: isSolid .& (used .> most))
      }
      take(points.v0, steps.v0)
      take(points.v1, steps.v1)
      take(points.v2, steps.v2)
      take(points.v3, steps.v3)
      take(points.v4, steps.v4)
      take(points.v5, steps.v5)
      take(points.v6, steps.v6)
      take(points.v7, steps.v7)
    }
    let used = surface?.usedRoom(state[.composition], change[.composition]) ?? 0
    return 1 / (try grid.communicator.maximum(max(most.max(), used)))
  }

  /// Visits the elements that own nodes touch, eight at a time.
  @inline(__always)
  private func forElements(_ body: (_ place: Int, _ isSolid: SIMDMask<Eight.MaskStorage>) -> Void) {
    let layout = grid.layout
    for k in 0..<layout.elementLayers {
      for j in layout.elementsY {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          body(place, weights[0].load(place) .> 0)
        }
      }
    }
  }

  @inline(__always)
  private func gaussPoints(_ lane: Lane, _ place: Int) -> Octet {
    (Octet(lane, place, grid.layout).analysed * Eight(repeating: 0.125)).atGaussScale.synthesised
  }
}
