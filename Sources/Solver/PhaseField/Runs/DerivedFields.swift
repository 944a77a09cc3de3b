// SPDX-License-Identifier: Apache-2.0

import Formats
import Numerics
import Parallel
import Physics

/// Fields that follow from a state, one number for each element, at its centre.
///
/// Stress and energies are NaN where less than half of an element is material, strains where
/// nothing is. The coherency strain's shear is that of the total strain.
struct DerivedFields {
  /// What a field holds.
  enum Quantity: Sendable {
    case chemicalEnergy, elasticEnergy, strain, stress
    case eigenstrain(Axis)
    case coherency(Axis)
  }

  /// A crystal axis.
  enum Axis: Sendable { case a, c, b }

  /// What a field is.
  struct Field: Sendable {
    let name: String
    let quantity: Quantity
    let unit: String
    let meaning: String
    /// Needs half an element of material.
    let needsHalf: Bool

    /// Whether it is a symmetric tensor, its components in the order of ``tensorOrder``.
    var isTensor: Bool {
      switch quantity {
      case .strain, .stress: true
      default: false
      }
    }

    init(
      _ name: String, _ quantity: Quantity, unit: String = "1", _ meaning: String,
      needsHalf: Bool = false
    ) {
      self.name = name
      self.quantity = quantity
      self.unit = unit
      self.meaning = meaning
      self.needsHalf = needsHalf
    }

    /// Its place in a step of a run.
    var dataset: FileFormat.Dataset {
      RunFormat.field(name, unit, .optional, meaning, .cell, components: isTensor ? 6 : 1)
    }
  }

  /// The components of a tensor as XDMF's Tensor6 has them, with x = a, y = c, z = b.
  static let tensorOrder = ["aa", "ac", "ab", "cc", "bc", "bb"]

  /// The chemical energy, which every run has.
  static let chemical = Field(
    "energy_chemical", .chemicalEnergy, unit: "eV", "f(X) + (grad X . kappa grad X)/2 per Li site",
    needsHalf: true)

  /// What needs elasticity.
  static let elastic: [Field] =
    [
      Field(
        "strain", .strain, "total strain, tensor shear; bb of a plate from zero stress along b"),
      Field("eigenstrain_aa", .eigenstrain(.a), "eigenstrain along a"),
      Field("eigenstrain_cc", .eigenstrain(.c), "eigenstrain along c"),
      Field("eigenstrain_bb", .eigenstrain(.b), "eigenstrain along b"),
      Field("coherency_aa", .coherency(.a), "total strain less eigenstrain, along a"),
      Field("coherency_cc", .coherency(.c), "total strain less eigenstrain, along c"),
      Field("coherency_bb", .coherency(.b), "total strain less eigenstrain, along b"),
      Field("stress", .stress, unit: "GPa", "stress", needsHalf: true),
      Field(
        "energy_elastic", .elasticEnergy, unit: "eV", "elastic energy per Li site", needsHalf: true),
    ]

  private let system: PhaseFieldSystem
  private let centres: ElementCentres
  private let energy: EnergyLaw

  init(_ system: PhaseFieldSystem) {
    self.system = system
    energy = EnergyLaw(system.model.energy)
    centres = ElementCentres(system)
  }

  /// The fields that a system has.
  var fields: [Field] {
    [DerivedFields.chemical] + (system.model.elasticity == nil ? [] : DerivedFields.elastic)
  }

  /// A field of a state whose ghosts are filled, this rank's elements in the order of the file.
  func values(_ field: Field, _ state: Fields) -> [Double] {
    switch field.quantity {
    case .chemicalEnergy:
      return collect(field, state) { here, place in chemicalEnergy(here, state, place) }
    case .elasticEnergy: return collect(field, state) { here, _ in elasticEnergy(here) }
    case .eigenstrain(let axis): return collect(field, state) { here, _ in free(here, axis) }
    case .coherency(let axis):
      return collect(field, state) { here, _ in normal(here, axis) - free(here, axis) }
    case .strain: return collect(field, state) { here in strain(here) }
    case .stress:
      let unit = stressUnit
      return collect(field, state) { here in stress(here) * unit }
    }
  }

  /// GPa of one eV per site.
  private var stressUnit: Double {
    (system.model.elasticity?.stiffness.sitesPerVolume ?? 0) / gigapascal
  }

  /// Adds what `count` elements from `place` on hold to integrals, of a state whose ghosts are filled.
  func add(_ place: Int, count: Int, _ state: Fields, to sums: inout RegionSums) {
    let here = centres.values(state, place)
    let lanes = Eight(0, 1, 2, 3, 4, 5, 6, 7)
    let weight = here.weight.replacing(with: 0, where: lanes .>= Double(count))
    // An element without material may hold anything.
    func part(_ value: Eight) -> Eight {
      (value * weight).replacing(with: 0, where: weight .== 0)
    }
    sums.composition += part(here.composition)
    sums.potential += part(
      Octet(state[.potential], place, system.grid.layout).analysed.v0 * 0.125)
    sums.chemical += part(chemicalEnergy(here, state, place))
    guard system.model.elasticity != nil else { return }
    sums.elastic += part(elasticEnergy(here))
    sums.strain.add(strain(here).map(part))
    sums.stress.add((stress(here) * stressUnit).map(part))
  }

  /// The volume fraction α of this rank's elements.
  func volumeFraction() -> [Double] {
    visit { place in system.volumeFraction(place) }
  }

  private func collect(
    _ field: Field, _ state: Fields, _ value: (ElementCentres.Values, Int) -> Eight
  ) -> [Double] {
    let least = field.needsHalf ? 0.5 * system.grid.elementVolume : Double.leastNonzeroMagnitude
    return visit { place in
      let here = centres.values(state, place)
      return value(here, place).replacing(with: .nan, where: here.weight .< least)
    }
  }

  private func collect(
    _ field: Field, _ state: Fields, _ value: (ElementCentres.Values) -> Six
  ) -> [Double] {
    let least = field.needsHalf ? 0.5 * system.grid.elementVolume : Double.leastNonzeroMagnitude
    var values: [Double] = []
    values.reserveCapacity(6 * system.grid.layout.size)
    visit { place, count in
      let here = centres.values(state, place)
      let tensor = value(here).hidden(where: here.weight .< least)
      for lane in 0..<count { tensor.append(lane, to: &values) }
    }
    return values
  }

  private func visit(_ value: (Int) -> Eight) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(system.grid.layout.size)
    visit { place, count in
      let eight = value(place)
      for lane in 0..<count { values.append(eight[lane]) }
    }
    return values
  }

  /// Visits this rank's elements in the order of the file, up to eight at a time.
  private func visit(_ body: (_ place: Int, _ count: Int) -> Void) {
    let layout = system.grid.layout
    let (x, y) = system.grid.ownElements
    for k in 0..<layout.elementLayers {
      for j in 0..<y.count {
        for i in stride(from: 0, to: x.count, by: 8) {
          body(layout.index(i, j, k), min(8, x.count - i))
        }
      }
    }
  }

  private func strain(_ here: ElementCentres.Values) -> Six {
    Six(aa: here.aa, ac: here.ac, ab: here.ab, cc: here.cc, bc: here.bc, bb: here.bb)
  }

  private func normal(_ here: ElementCentres.Values, _ axis: Axis) -> Eight {
    switch axis {
    case .a: here.aa
    case .c: here.cc
    case .b: here.bb
    }
  }

  private func free(_ here: ElementCentres.Values, _ axis: Axis) -> Eight {
    switch axis {
    case .a: here.freeAA
    case .c: here.freeCC
    case .b: here.freeBB
    }
  }

  /// Stress in eV per site.
  private func stress(_ here: ElementCentres.Values) -> Six {
    guard let elasticity = system.model.elasticity else { return Six() }
    let s = elasticity.stiffness
    if let law = elasticity.stiffnessLaw {
      let normal = law.normalStress(
        here.aa - here.freeAA, here.cc - here.freeCC, here.bb - here.freeBB, at: here.composition)
      func shear(_ path: KeyPath<GridStiffness, Double>) -> Eight {
        (normal.share * law.difference[keyPath: path] + law.empty[keyPath: path]) * 2
      }
      return Six(
        aa: normal.x, ac: here.ac * shear(\.shearXY), ab: here.ab * shear(\.shearXZ),
        cc: normal.y, bc: here.bc * shear(\.shearYZ), bb: normal.z)
    }
    let normal = s.normalStress(
      here.aa - here.freeAA, here.cc - here.freeCC, here.bb - here.freeBB)
    return Six(
      aa: normal.x, ac: here.ac * (2 * s.shearXY), ab: here.ab * (2 * s.shearXZ), cc: normal.y,
      bc: here.bc * (2 * s.shearYZ), bb: normal.z)
  }

  private func elasticEnergy(_ here: ElementCentres.Values) -> Eight {
    let stress = stress(here)
    let a = stress.aa * (here.aa - here.freeAA)
    let c = stress.cc * (here.cc - here.freeCC)
    let b = stress.bb * (here.bb - here.freeBB)
    let shear = stress.bc * here.bc + stress.ac * here.ac
    return (a + c + b) * 0.5 + shear + stress.ab * here.ab
  }

  private func chemicalEnergy(
    _ here: ElementCentres.Values, _ state: Fields, _ place: Int
  ) -> Eight {
    let (h, kappa) = (system.grid.spacing, system.model.kappa)
    let x = Octet(state[.composition], place, system.grid.layout).analysed
    let gx = x.v1 * (0.25 / h.x)
    let gy = x.v2 * (0.25 / h.y)
    let gz = x.v4 * (0.25 / h.z)
    let penalty = gx * gx * kappa.x + gy * gy * kappa.y + gz * gz * kappa.z
    return energy.evaluate(here.composition).0 + penalty * 0.5
  }
}

/// A symmetric tensor of eight elements.
struct Six {
  var aa = Eight.zero
  var ac = Eight.zero
  var ab = Eight.zero
  var cc = Eight.zero
  var bc = Eight.zero
  var bb = Eight.zero

  static func * (tensor: Six, factor: Double) -> Six {
    Six(
      aa: tensor.aa * factor, ac: tensor.ac * factor, ab: tensor.ab * factor,
      cc: tensor.cc * factor, bc: tensor.bc * factor, bb: tensor.bb * factor)
  }

  /// The tensor of changed components.
  @inline(__always)
  func map(_ change: (Eight) -> Eight) -> Six {
    Six(
      aa: change(aa), ac: change(ac), ab: change(ab), cc: change(cc), bc: change(bc),
      bb: change(bb))
  }

  /// NaN where there is too little material.
  func hidden(where mask: SIMDMask<SIMD8<Int64>>) -> Six {
    map { $0.replacing(with: .nan, where: mask) }
  }

  /// Adds another tensor.
  @inline(__always)
  mutating func add(_ other: Six) {
    aa += other.aa
    ac += other.ac
    ab += other.ab
    cc += other.cc
    bc += other.bc
    bb += other.bb
  }

  /// The components summed over the elements, in the order of a file.
  var sums: [Double] { [aa.sum(), ac.sum(), ab.sum(), cc.sum(), bc.sum(), bb.sum()] }

  /// Appends the components of one element in the order of a file.
  func append(_ lane: Int, to values: inout [Double]) {
    values.append(aa[lane])
    values.append(ac[lane])
    values.append(ab[lane])
    values.append(cc[lane])
    values.append(bc[lane])
    values.append(bb[lane])
  }
}
