// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import PhaseField
import Physics

/// Row E15, growth rates with coherency and the energy of inclusions.
extension PhaseFieldStudies {
  /// Both against Khachaturyan's elastic energy of a homogeneous crystal whose eigenstrain is
  /// linear in X (Theory of Structural Transformations in Solids, 1983; Cahn, Acta Metall. 9 (1961)
  /// 795),
  ///
  ///     E = ½ V Σ_{k ≠ 0} B(k/|k|) |X_k|²,
  ///     B(n) = ε⁰:C:ε⁰ − (n·C:ε⁰)·(n·C·n)⁻¹·(n·C:ε⁰),
  ///
  /// where ε⁰ is the strain from X = 0 to 1: what layers normal to n cannot relax. It stiffens f″
  /// of a wave by B(n)/c, c sites per volume; the sum over all waves is the energy of an inclusion.
  @Sendable static func coherency(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    let degrees: [Double] = options.quick ? [0, 31.52, 60] : [0, 20, 31.52, 45, 60, 90]
    for plane in options.quick ? [ElasticModel.Plane.stress] : [.stress, .strain] {
      for angle in degrees {
        // Both differ from the limit by h² and higher powers.
        let rough = try growth(angle, plane, 24 * options.refine, communicator)
        let fine = try growth(angle, plane, 48 * options.refine, communicator)
        results.append(
          StudyResult(
            "growth rate over −M k²(f'' + κk² + B(n)/c), \(angle)°, plane \(plane.rawValue)",
            (4 * fine - rough) / 3, target: 1, tolerance: 0.002))
      }
    }
    for body in Body.allCases {
      let rough = try inclusion(body, 48 * options.refine, communicator)
      let fine = try inclusion(body, 96 * options.refine, communicator)
      results.append(
        StudyResult(
          "elastic energy over the closed form, \(body.rawValue)", (4 * fine - rough) / 3,
          target: 1, tolerance: 0.003))
    }
    return results
  }

  /// Sites per nm³ of LiFePO4.
  private static let sites = 13.76

  private static func modulus(_ plane: ElasticModel.Plane) -> CoherencyModulus {
    let material = Material.lithiumIronPhosphate
    let strain = material.eigenstrain
    return plane == .stress
      ? CoherencyModulus(plate: material.stiffness.planeStress, strain: (strain.a, strain.c))
      : CoherencyModulus(
        planeStrain: material.stiffness, strain: (strain.a, strain.b, strain.c))
  }

  /// The rate at which one wave of 100 nm grows at X = ½, over its closed form
  /// σ = −M k²(f″ + κk² + B(n)/c), M = ¼ D₀/kT.
  private static func growth(
    _ degrees: Double, _ plane: ElasticModel.Plane, _ count: Int, _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    let wavelength = 100.0
    let (x, y) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    let isAlong = (x: abs(y) < 1e-9, y: abs(x) < 1e-9)
    // One wave along each edge; where it does not vary, a short one.
    let size = Directions(
      isAlong.y ? wavelength / 8 : wavelength / x, isAlong.x ? wavelength / 8 : wavelength / y, 1)
    let elements = Directions(isAlong.y ? 4 : count, isAlong.x ? 4 : count, 0)
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.elasticity = ElasticModel(.lithiumIronPhosphate, plane: plane, sitesPerVolume: sites)
    let k = 2 * Double.pi / wavelength
    let wave = Directions(isAlong.y ? 0 : k * x, isAlong.x ? 0 : k * y, 0)
    let setup = SimulationSetup(
      size: size, elements: elements, voids: [], periodic: (true, true), model: model,
      start: SimulationSetup.Start(
        mean: 0.5, pattern: .waves([.init(amplitude: 1e-4, vector: wave)])))
    let law = RegularSolution.lithiumIronPhosphate
    let drive =
      law.curvature(at: 0.5) + model.kappa.x * k * k
      + modulus(plane)(degrees * .pi / 180) / sites
    let exact = -0.25 / law.thermalEnergy * k * k * drive
    let stepper = try setup.stepper(StepOptions(), communicator)
    let system = stepper.system
    system.options.tolerance = 1e-12
    // One implicit step multiplies the wave by 1/(1 − σΔt), which is solved for σ: no error of the
    // step is left, whatever its length.
    let step = 0.1 / abs(exact)
    let history = Fields(system.grid.layout, count: 1)
    let state = stepper.state
    for place in 0..<system.grid.layout.size {
      history[0][place] = -state[.composition][place] / step
    }
    let first = try system.content(state, along: wave)
    let outcome = try system.solve(state, rate: 1 / step, history: history)
    guard outcome.converged else { throw ParallelError(.notConverged, outcome.reason) }
    let second = try system.content(state, along: wave)
    return (1 - first / second) / step / exact
  }

  /// What differs in composition from the rest of a periodic box.
  private enum Body: String, CaseIterable {
    case laminate = "laminate 20° from a"
    case circle = "circle, isotropic (Bitter and Crum)"
    case ellipse = "ellipse 2:1"
  }

  /// The elastic energy of a smooth inclusion, over ½ Σ B(k) |X_k|².
  private static func inclusion(
    _ body: Body, _ count: Int, _ communicator: Communicator
  ) throws(ParallelError) -> Double {
    let edge = 120.0
    let angle = 20 * Double.pi / 180
    let size =
      body == .laminate
      ? Directions(edge / cos(angle), edge / sin(angle), 1) : Directions(edge, edge, 1)
    let grid = StructuredGrid(
      elements: (count, count, 0), size: size, periodic: (true, true), communicator: communicator)
    let table = Material.lithiumIronPhosphate
    var modulus = modulus(.stress)
    var elastic = ElasticModel(table, plane: .stress, sitesPerVolume: sites)
    if body == .circle {
      // ν = 0.3, 1 eV/nm³; a dilatation of 0.03. B is the same for all n here: the energy depends
      // on the amount alone, not on shape or place (Bitter 1931, Crum; Eshelby 1956).
      let (young, ratio) = (1.0, 0.3)
      let (first, shear) = (
        young * (1 - ratio) / ((1 + ratio) * (1 - 2 * ratio)), young / (2 * (1 + ratio))
      )
      let other = first - 2 * shear
      let crystal = OrthotropicStiffness(
        in: 1, c11: first, c22: first, c33: first, c44: shear, c55: shear, c66: shear, c12: other,
        c13: other, c23: other)
      elastic = ElasticModel(
        stiffness: GridStiffness(plateOf: crystal, sitesPerVolume: sites),
        eigenstrain: Directions([0.03], [0.03], [0.03]))
      modulus = CoherencyModulus(plate: crystal.planeStress, strain: (0.03, 0.03))
    }
    var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    model.elasticity = elastic
    let composition = { (place: Directions<Double>) -> Double in
      let (x, y) = (place.x - size.x / 2, place.y - size.y / 2)
      switch body {
      case .laminate:
        return 0.5 + 0.45 * sin(2 * .pi * (place.x / size.x + place.y / size.y))
      case .circle: return 0.5 - 0.45 * tanh(((x * x + y * y).squareRoot() - 30) / 8)
      case .ellipse:
        let radius = (x * x / 4 + y * y).squareRoot()
        return 0.5 - 0.45 * tanh((radius - 16) / 4)
      }
    }
    let system = try PhaseFieldSystem(grid: grid, model: model, fractions: VolumeFractions(grid))
    let state = system.makeState()
    system.setComposition(state, composition)
    try system.equilibrateStress(state)
    let energy = try system.energy(state).elastic
    return energy / (spectrum(composition, size) { modulus.value($0, $1) } / sites)
  }

  /// ½ V Σ B(k) |X_k|² of a periodic composition, from samples that resolve it.
  ///
  /// Of k and −k, whose terms are equal, only one is visited, so that the ½ goes; k = 0 is left
  /// out, for the box as a whole is free to expand.
  private static func spectrum(
    _ composition: (Directions<Double>) -> Double, _ size: Directions<Double>,
    _ modulus: (Double, Double) -> Double
  ) -> Double {
    let (count, most) = (96, 24)
    var samples = [[Double]](repeating: [], count: count)
    for row in 0..<count {
      samples[row] = (0..<count).map { column in
        composition(
          Directions(
            size.x * Double(column) / Double(count), size.y * Double(row) / Double(count), 0))
      }
    }
    let table = (0..<count).map { index in
      let angle = 2 * Double.pi * Double(index) / Double(count)
      return (cos: cos(angle), sin: sin(angle))
    }
    // First along x, then along y.
    var sum = 0.0
    for kx in 0...most {
      let lines = samples.map { line in
        line.indices.reduce(into: (re: 0.0, im: 0.0)) { total, x in
          let turn = table[kx * x % count]
          total.re += line[x] * turn.cos
          total.im -= line[x] * turn.sin
        }
      }
      for ky in -most...most where kx > 0 || ky > 0 {
        var (re, im) = (0.0, 0.0)
        for y in 0..<count {
          let turn = table[(ky * y % count + count) % count]
          re += lines[y].re * turn.cos + lines[y].im * turn.sin
          im += lines[y].im * turn.cos - lines[y].re * turn.sin
        }
        let samples = Double(count * count)
        let square = (re * re + im * im) / (samples * samples)
        sum += modulus(Double(kx) / size.x, Double(ky) / size.y) * square
      }
    }
    return sum * size.x * size.y * size.z
  }
}

extension PhaseFieldSystem {
  /// Σ m X cos(k·x).
  ///
  /// Collective.
  func content(_ state: Fields, along k: Directions<Double>) throws(ParallelError) -> Double {
    var sum = 0.0
    for j in 0..<grid.layout.y {
      for i in 0..<grid.layout.x {
        let (place, at) = (grid.layout.index(i, j, 0), grid.position(i, j, 0))
        sum += mass[0][place] * state[.composition][place] * cos(k.x * at.x + k.y * at.y)
      }
    }
    return try grid.communicator.sum(sum)
  }
}
