import Parallel
import Physics

/// Fields that follow from a state, one number for each element, at its centre.
///
/// Stress and energies are NaN where less than half of an element is material, strains where
/// nothing is. The coherency strain's shear is that of the total strain.
struct DerivedFields {
  /// What a field is.
  struct Field: Sendable {
    let name: String
    let unit: String
    let meaning: String
    /// Needs half an element of material.
    let needsHalf: Bool

    init(_ name: String, unit: String = "1", _ meaning: String, needsHalf: Bool = false) {
      self.name = name
      self.unit = unit
      self.meaning = meaning
      self.needsHalf = needsHalf
    }
  }

  /// The chemical energy, which every run has.
  static let chemical = Field(
    "energy_chemical", unit: "eV", "f(X) + (grad X . kappa grad X)/2 per Li site", needsHalf: true)

  /// What needs elasticity.
  static let elastic: [Field] =
    [
      Field("strain_aa", "total strain along a"), Field("strain_cc", "total strain along c"),
      Field("strain_bb", "total strain along b; of a plate from zero stress along b"),
      Field("strain_bc", "total tensor shear"), Field("strain_ac", "total tensor shear"),
      Field("strain_ab", "total tensor shear"),
      Field("eigenstrain_aa", "eigenstrain along a"),
      Field("eigenstrain_cc", "eigenstrain along c"),
      Field("eigenstrain_bb", "eigenstrain along b"),
      Field("coherency_aa", "total strain less eigenstrain, along a"),
      Field("coherency_cc", "total strain less eigenstrain, along c"),
      Field("coherency_bb", "total strain less eigenstrain, along b"),
    ]
    + ["aa", "cc", "bb", "bc", "ac", "ab"].map {
      Field("stress_\($0)", unit: "GPa", "stress", needsHalf: true)
    } + [Field("energy_elastic", unit: "eV", "elastic energy per Li site", needsHalf: true)]

  /// Components that a plane run has not.
  private static let outOfPlane = ["bc", "ab"]

  private let system: PhaseFieldSystem
  private let centres: ElementCentres

  init(_ system: PhaseFieldSystem) {
    self.system = system
    centres = ElementCentres(system)
  }

  /// The fields that a system has.
  var fields: [Field] {
    guard let elasticity = system.model.elasticity else { return [DerivedFields.chemical] }
    let isPlane = system.grid.dimension == 2
    return [DerivedFields.chemical]
      + DerivedFields.elastic.filter { field in
        !(isPlane && DerivedFields.outOfPlane.contains { field.name.hasSuffix("_" + $0) })
          && !(elasticity.stiffness.isPlate && field.name == "stress_bb")
      }
  }

  /// A field of a state whose ghosts are filled, this rank's elements in the order of the file.
  func values(_ field: Field, _ state: Fields) -> [Double] {
    let component = String(field.name.suffix(2))
    switch field.name.prefix(while: { $0 != "_" }) {
    case "strain": return collect(field, state) { here, _ in strain(here, component) }
    case "eigenstrain": return collect(field, state) { here, _ in free(here, component) }
    case "coherency":
      return collect(field, state) { here, _ in strain(here, component) - free(here, component) }
    case "stress":
      let unit = (system.model.elasticity?.stiffness.sitesPerVolume ?? 0) / gigapascal
      return collect(field, state) { here, _ in stress(here, component) * unit }
    default:
      if field.name == "energy_elastic" {
        return collect(field, state) { here, _ in elasticEnergy(here) }
      }
      return collect(field, state) { here, place in chemicalEnergy(here, state, place) }
    }
  }

  /// The volume fraction α of this rank's elements.
  func volumeFraction() -> [Double] {
    let share = 1 / system.grid.elementVolume
    let weights = system.weights[0]
    return visit { place in weights.load(place) * share }
  }

  private func collect(
    _ field: Field, _ state: Fields, _ value: (ElementCentres.Values, Int) -> Eight
  ) -> [Double] {
    let least = field.needsHalf ? 0.5 * system.grid.elementVolume : Double.leastNonzeroMagnitude
    return visit { place in
      let here = centres.values(state, weights: system.weights[0], place)
      return value(here, place).replacing(with: .nan, where: here.weight .< least)
    }
  }

  private func visit(_ value: (Int) -> Eight) -> [Double] {
    let layout = system.grid.layout
    let (x, y) = system.grid.ownElements
    var values: [Double] = []
    values.reserveCapacity(x.count * y.count * layout.elementLayers)
    for k in 0..<layout.elementLayers {
      for j in 0..<y.count {
        for i in stride(from: 0, to: x.count, by: 8) {
          let eight = value(layout.index(i, j, k))
          for lane in 0..<min(8, x.count - i) { values.append(eight[lane]) }
        }
      }
    }
    return values
  }

  private func strain(_ here: ElementCentres.Values, _ component: String) -> Eight {
    switch component {
    case "aa": here.aa
    case "cc": here.cc
    case "bb": here.bb
    case "bc": here.bc
    case "ac": here.ac
    default: here.ab
    }
  }

  private func free(_ here: ElementCentres.Values, _ component: String) -> Eight {
    switch component {
    case "aa": here.freeAA
    case "cc": here.freeCC
    default: here.freeBB
    }
  }

  /// Stress in eV per site.
  private func stress(_ here: ElementCentres.Values, _ component: String) -> Eight {
    guard let s = system.model.elasticity?.stiffness else { return .zero }
    let (a, c, b) = (here.aa - here.freeAA, here.cc - here.freeCC, here.bb - here.freeBB)
    switch component {
    case "aa": return a * s.xx + c * s.xy + b * s.xz
    case "cc": return a * s.xy + c * s.yy + b * s.yz
    case "bb": return a * s.xz + c * s.yz + b * s.zz
    case "bc": return here.bc * (2 * s.shearYZ)
    case "ac": return here.ac * (2 * s.shearXY)
    default: return here.ab * (2 * s.shearXZ)
    }
  }

  private func elasticEnergy(_ here: ElementCentres.Values) -> Eight {
    let a = stress(here, "aa") * (here.aa - here.freeAA)
    let c = stress(here, "cc") * (here.cc - here.freeCC)
    let b = stress(here, "bb") * (here.bb - here.freeBB)
    let shear = stress(here, "bc") * here.bc + stress(here, "ac") * here.ac
    return (a + c + b) * 0.5 + shear + stress(here, "ab") * here.ab
  }

  private func chemicalEnergy(
    _ here: ElementCentres.Values, _ state: Fields, _ place: Int
  ) -> Eight {
    let (h, kappa) = (system.grid.spacing, system.model.kappa)
    let x = Octet(state[0], place, system.grid.layout).analysed
    let gx = x.v1 * (0.25 / h.x)
    let gy = x.v2 * (0.25 / h.y)
    let gz = x.v4 * (0.25 / h.z)
    let penalty = gx * gx * kappa.x + gy * gy * kappa.y + gz * gz * kappa.z
    return system.model.energy.density(here.composition) + penalty * 0.5
  }
}

extension BulkEnergy {
  /// f of eight compositions, in eV; what lies outside its bounds is taken at one half.
  @inline(__always)
  fileprivate func density(_ composition: Eight) -> Eight {
    switch self {
    case .regularSolution(let law):
      let x = composition.replacing(with: 0.5, where: (composition .<= 0) .| (composition .>= 1))
      let rest = 1 - x
      let entropy = x * logarithm(x) + rest * logarithm(rest)
      return law.omega * x * rest + law.thermalEnergy * entropy
    case .polynomial(let energy):
      var value = Eight.zero
      for coefficient in energy.coefficients.reversed() {
        value = value * composition + coefficient
      }
      return value
    }
  }
}
