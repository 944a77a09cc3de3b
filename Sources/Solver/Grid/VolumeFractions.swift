import Parallel

/// How much of each element is material: α_e, from sub-cell quadrature of a level set.
public struct VolumeFractions {
  /// α_e times the element's volume in field 0, ghost elements included.
  let weights: Fields

  /// The fractions of the region where `distance` (in nm, positive inside the material) is positive.
  ///
  /// Each element is cut into `cuts`³ cells; a cell that the surface passes counts by its share
  /// along the normal. Every rank evaluates its own and its ghost elements; no communication.
  ///
  /// - Parameters:
  ///   - grid: its elements are cut.
  ///   - cuts: cells of an element along each direction.
  ///   - distance: nil fills the box.
  public init(
    _ grid: StructuredGrid, cuts: Int = 8, distance: ((Directions<Double>) -> Double)? = nil
  ) {
    weights = Fields(grid.layout, count: 1)
    let (h, volume, lane) = (grid.spacing, grid.elementVolume, weights[0])
    let layers = grid.dimension == 2 ? 1 : grid.elements.z
    let reach = 0.5 * (h.x * h.x + h.y * h.y + h.z * h.z).squareRoot()
    let cell = reach * 2 / Double(cuts) / 3.0.squareRoot()
    let cutsZ = grid.dimension == 2 ? 1 : cuts
    for k in 0..<layers {
      for j in -1..<grid.own.y.count {
        for i in -1..<grid.own.x.count {
          let gi = grid.own.x.lowerBound + i
          let gj = grid.own.y.lowerBound + j
          let inX = grid.periodic.x || (0..<grid.elements.x).contains(gi)
          let inY = grid.periodic.y || (0..<grid.elements.y).contains(gj)
          guard inX && inY else { continue }
          let place = grid.layout.index(i, j, k)
          guard let distance else {
            lane[place] = volume
            continue
          }
          let start = Directions(
            Double((gi + grid.elements.x) % grid.elements.x) * h.x,
            Double((gj + grid.elements.y) % grid.elements.y) * h.y, Double(k) * h.z)
          let middle = distance(
            Directions(start.x + h.x / 2, start.y + h.y / 2, start.z + (cutsZ > 1 ? h.z / 2 : 0)))
          if middle > 2 * reach { lane[place] = volume }
          if abs(middle) > 2 * reach { continue }
          var sum = 0.0
          for c in 0..<cutsZ {
            for b in 0..<cuts {
              for a in 0..<cuts {
                let at = Directions(
                  start.x + (Double(a) + 0.5) / Double(cuts) * h.x,
                  start.y + (Double(b) + 0.5) / Double(cuts) * h.y,
                  start.z + (cutsZ > 1 ? (Double(c) + 0.5) / Double(cuts) * h.z : 0))
                sum += max(0, min(1, 0.5 + distance(at) / cell))
              }
            }
          }
          let fraction = sum / Double(cuts * cuts * cutsZ)
          lane[place] = fraction > 1e-6 ? fraction * volume : 0
        }
      }
    }
  }
}
