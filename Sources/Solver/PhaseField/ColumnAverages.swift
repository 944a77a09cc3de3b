public import Parallel

/// Averages over columns of elements along z, the depth, weighted by the volume fraction.
///
/// The b-average of q is Σ α_e q_e / Σ α_e; strains are taken at the centres of the elements.
public struct ColumnAverages: Sendable {
  /// Own columns along x and y, as global numbers of elements.
  public let columns: (x: Range<Int>, y: Range<Int>)
  /// Σ α V of each own column, x fastest.
  public private(set) var volume: [Double]
  /// Composition.
  public private(set) var composition: [Double]
  /// Total strain aa, bb, cc, ac (tensor shear).
  public private(set) var total: [[Double]]
  /// Coherency strain, total less eigenstrain of the composition: aa, bb, cc, ac.
  public private(set) var coherency: [[Double]]

  /// The averages of a state whose ghosts are filled.
  init(_ system: PhaseFieldSystem, _ state: Fields) {
    let (grid, layout) = (system.grid, system.grid.layout)
    func own(_ range: Range<Int>, _ count: Int) -> Range<Int> {
      range.lowerBound..<max(range.lowerBound, min(range.upperBound, count))
    }
    columns = (own(grid.own.x, grid.elements.x), own(grid.own.y, grid.elements.y))
    let count = columns.x.count * columns.y.count
    volume = [Double](repeating: 0, count: count)
    composition = volume
    total = [[Double]](repeating: volume, count: 4)
    coherency = total
    let h = grid.spacing
    let law = system.model.elasticity?.eigenstrain
    func eigenstrain(_ coefficients: [Double]?, _ x: Double) -> Double {
      var value = 0.0
      for coefficient in (coefficients ?? []).reversed() { value = (value + coefficient) * (x - 1) }
      return value
    }
    func corner(_ lane: Lane, _ place: Int, _ signs: [Double]) -> Double {
      let (line, up) = (layout.line, layout.up)
      let places = [
        place, place + 1, place + line, place + line + 1, place + up, place + up + 1,
        place + up + line, place + up + line + 1,
      ]
      return zip(places, signs).reduce(0) { $0 + lane[$1.0] * $1.1 } / 8
    }
    let one = [Double](repeating: 1, count: 8)
    let alongX = [-1.0, 1, -1, 1, -1, 1, -1, 1].map { $0 * 2 / h.x }
    let alongY = [-1.0, -1, 1, 1, -1, -1, 1, 1].map { $0 * 2 / h.y }
    let alongZ = [-1.0, -1, -1, -1, 1, 1, 1, 1].map { $0 * 2 / h.z }
    for j in 0..<columns.y.count {
      for i in 0..<columns.x.count {
        let column = j * columns.x.count + i
        for k in 0..<layout.elementLayers {
          let place = layout.index(i, j, k)
          let weight = system.weights[0][place]
          guard weight > 0 else { continue }
          let x = corner(state[0], place, one)
          volume[column] += weight
          composition[column] += weight * x
          guard let law else { continue }
          let strains = [
            corner(state[2], place, alongX), corner(state[4], place, alongZ),
            corner(state[3], place, alongY),
            (corner(state[2], place, alongY) + corner(state[3], place, alongX)) / 2,
          ]
          let free = [eigenstrain(law.x, x), eigenstrain(law.z, x), eigenstrain(law.y, x), 0]
          for component in 0..<4 {
            total[component][column] += weight * strains[component]
            coherency[component][column] += weight * (strains[component] - free[component])
          }
        }
        guard volume[column] > 0 else { continue }
        composition[column] /= volume[column]
        for component in 0..<4 {
          total[component][column] /= volume[column]
          coherency[component][column] /= volume[column]
        }
      }
    }
  }

  /// The root mean square over the columns with material and the largest magnitude of each
  /// coherency component aa, bb, cc, ac.
  ///
  /// Collective.
  public func statistics(
    _ communicator: Communicator
  ) throws(ParallelError) -> (rms: [Double], largest: [Double]) {
    var sums = [Double](repeating: 0, count: 5)
    var largest = [Double](repeating: 0, count: 4)
    for column in volume.indices where volume[column] > 0 {
      sums[4] += 1
      for component in 0..<4 {
        let value = coherency[component][column]
        sums[component] += value * value
        largest[component] = max(largest[component], abs(value))
      }
    }
    try communicator.reduce(&sums, .sum)
    try communicator.reduce(&largest, .maximum)
    return (sums.prefix(4).map { ($0 / sums[4]).squareRoot() }, largest)
  }
}

extension TimeStepper {
  /// The spread of the potential over the solid, in eV.
  ///
  /// Collective.
  public func potentialSpread() throws(ParallelError) -> Double {
    try system.potentialSpread(state)
  }

  /// The b-averaged coherency strain's root mean square and largest magnitude: aa, bb, cc, ac.
  ///
  /// Collective.
  public func columnStatistics() throws(ParallelError) -> (rms: [Double], largest: [Double]) {
    try state.fillGhosts(system.grid.halo)
    return try ColumnAverages(system, state).statistics(system.grid.communicator)
  }
}
