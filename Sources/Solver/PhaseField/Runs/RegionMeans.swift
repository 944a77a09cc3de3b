// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel

/// Means over the material of a box's elements, from the values at their centres.
///
/// The centre's strain and, where stiffness and eigenstrain are linear, its stress are the means of the
/// element, so that the mean stress of a body without traction is zero.
struct RegionMeans {
  /// The material in nm³; 0 where no element's centre lies inside.
  let volume: Double
  /// Own elements inside, counted from this rank's first.
  private let x, y, z: Range<Int>
  private let layout: FieldLayout
  private let isElastic: Bool

  /// The series that a region of a system has, in the order of its means.
  static func columns(of system: PhaseFieldSystem) -> [FileFormat.Dataset] {
    RunFormat.regionChemistry
      + (system.model.elasticity == nil ? [] : RunFormat.regionElasticity)
  }

  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  init(_ region: Probes.Region, _ system: PhaseFieldSystem) throws(ParallelError) {
    let (grid, weights) = (system.grid, system.weights[0])
    layout = grid.layout
    isElastic = system.model.elasticity != nil
    /// The elements of `own` whose centres lie between two places.
    func inside(_ low: Double, _ high: Double, _ h: Double, _ own: Range<Int>) -> Range<Int> {
      let found = own.filter { (low...high).contains((Double($0) + 0.5) * h) }
      guard let first = found.first, let last = found.last else { return 0..<0 }
      return first - own.lowerBound..<last + 1 - own.lowerBound
    }
    let (h, own, low, high) = (grid.spacing, grid.ownElements, region.low, region.high)
    x = inside(low.x, high.x, h.x, own.x)
    y = inside(low.y, high.y, h.y, own.y)
    z = grid.dimension == 2 ? 0..<1 : inside(low.z, high.z, h.z, 0..<layout.elementLayers)
    var sum = 0.0
    for k in z {
      for j in y {
        for i in x { sum += weights[layout.index(i, j, k)] }
      }
    }
    volume = try grid.communicator.sum(sum)
  }

  /// This rank's part of the integrals over the region, of a state whose ghosts are filled.
  func sums(_ state: Fields, _ derived: DerivedFields) -> [Double] {
    var sums = RegionSums()
    for k in z {
      for j in y {
        for i in stride(from: x.lowerBound, to: x.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          derived.add(place, count: min(8, x.upperBound - i), state, to: &sums)
        }
      }
    }
    let chemistry = [sums.composition.sum(), sums.potential.sum(), sums.chemical.sum()]
    guard isElastic else { return chemistry }
    return chemistry + [sums.elastic.sum()] + sums.strain.sums + sums.stress.sums
  }
}

/// Integrals, eight elements at a time.
struct RegionSums {
  var composition = Eight.zero
  var potential = Eight.zero
  var chemical = Eight.zero
  var elastic = Eight.zero
  var strain = Six()
  var stress = Six()
}
