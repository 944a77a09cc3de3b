// SPDX-License-Identifier: Apache-2.0

import Foundation
import Physics
import Testing

/// Energies of an entropy and an excess: Redlich and Kister's, and a measured potential.
struct SolutionEnergyTests {
  /// Spinodals at 0.2 and 0.7: kT/(X(1 − X)) = 2L₀ + 6L₁(2X − 1) at both, kT = 25 meV.
  private static let subregular = BulkEnergy.redlichKister(
    RedlichKister(
      entropy: MixingEntropy(thermalEnergy: 0.025),
      coefficients: [0.066_964_285_714_285_71, -0.006_200_396_825_396_824]))
  /// Its binodals, by Newton's method on the two conditions of the common tangent (Python).
  private static let binodals = (low: 0.080_803_595_938_019_72, high: 0.859_033_058_685_567)

  private static let asymmetric = BulkEnergy.redlichKister(
    RedlichKister(
      entropy: MixingEntropy(thermalEnergy: 0.0257, chainLengths: (3, 0.5)),
      coefficients: [0.05, -0.02, 0.013, 0.004]))

  /// The table of an energy's potential on 400 compositions outside a gap.
  private static func table(
    _ energy: BulkEnergy, _ gap: (low: Double, high: Double), thermalEnergy: Double
  ) throws -> BulkEnergy {
    let low = (1...200).map { gap.low * Double($0) / 200 }
    let high = (0..<200).map { gap.high + (1 - gap.high) * Double($0) / 200 }
    return .tabulated(
      try TabulatedEnergy(
        composition: low + high, potential: (low + high).map { energy.slope(at: $0) },
        gap: gap.low...gap.high, thermalEnergy: thermalEnergy))
  }

  private static func problem(
    _ x: [Double], _ mu: [Double], gap: ClosedRange<Double>? = nil
  ) -> String {
    do throws(EnergyProblem) {
      _ = try TabulatedEnergy(composition: x, potential: mu, gap: gap, thermalEnergy: 0.025)
      return "nothing was thrown"
    } catch { return error.reason }
  }

  @Test func slopesAndCurvaturesAreDerivatives() throws {
    let table = try Self.table(Self.subregular, Self.binodals, thermalEnergy: 0.025)
    for (energy, step) in [(Self.asymmetric, 1e-5), (Self.subregular, 1e-5), (table, 1e-5)] {
      for x in [0.02, 0.0803, 0.21, 0.4999, 0.7, 0.8601, 0.97] {
        let slope = (energy.value(at: x + step) - energy.value(at: x - step)) / (2 * step)
        let bend = (energy.slope(at: x + step) - energy.slope(at: x - step)) / (2 * step)
        #expect(abs(energy.slope(at: x) - slope) < 1e-8)
        #expect(abs(energy.curvature(at: x) - bend) < 2e-6 * abs(energy.curvature(at: x)) + 1e-5)
        let both = energy.firstDerivatives(at: x)
        #expect(both.slope == energy.slope(at: x) && both.curvature == energy.curvature(at: x))
      }
    }
  }

  @Test func oneCoefficientIsTheRegularSolution() {
    let law = RegularSolution.lithiumIronPhosphate
    let regular = BulkEnergy.regularSolution(law)
    let same = BulkEnergy.redlichKister(
      RedlichKister(
        entropy: MixingEntropy(thermalEnergy: law.thermalEnergy), coefficients: [law.omega]))
    for x in [1e-9, 0.0137, 0.3, 0.5, 0.77, 0.999] {
      #expect(abs(same.value(at: x) - regular.value(at: x)) < 1e-16)
      #expect(abs(same.slope(at: x) - regular.slope(at: x)) < 1e-15)
      let curvature = regular.curvature(at: x)
      #expect(abs(same.curvature(at: x) - curvature) < 1e-15 * abs(curvature) + 1e-15)
    }
    let (phases, others) = (PhaseBoundary(same)?.phases, PhaseBoundary(regular)?.phases)
    #expect(abs((phases?.low ?? 0) - (others?.low ?? 1)) < 1e-15)
    let (bent, other) = (same.adding(curvature: 0.07), regular.adding(curvature: 0.07))
    #expect(abs(bent.curvature(at: 0.4) - regular.curvature(at: 0.4) - 0.07) < 1e-15)
    #expect(abs(other.curvature(at: 0.4) - regular.curvature(at: 0.4) - 0.07) < 1e-15)
  }

  @Test func aSubregularSolutionHasItsSpinodalAndItsGap() throws {
    #expect(abs(Self.subregular.curvature(at: 0.2)) < 1e-15)
    #expect(abs(Self.subregular.curvature(at: 0.7)) < 1e-15)
    #expect(Self.subregular.curvature(at: 0.45) < 0)
    let phases = try #require(PhaseBoundary(Self.subregular)).phases
    #expect(abs(phases.low - Self.binodals.low) < 1e-12)
    #expect(abs(phases.high - Self.binodals.high) < 1e-12)
  }

  @Test func chainsHaveTheCriticalPointOfFloryAndHuggins() {
    // Ω_c = ½kT (1/√n + 1/√m)², X_c = √m/(√n + √m): there f″ and f‴ vanish.
    let (n, m, thermal) = (16.0, 4.0, 0.025)
    let critical = 0.5 * thermal * (0.25 + 0.5) * (0.25 + 0.5)
    let energy = BulkEnergy.redlichKister(
      RedlichKister(
        entropy: MixingEntropy(thermalEnergy: thermal, chainLengths: (n, m)),
        coefficients: [critical]))
    #expect(abs(energy.curvature(at: 1.0 / 3)) < 1e-16)
    let h = 1e-4
    let third = (energy.curvature(at: 1.0 / 3 + h) - energy.curvature(at: 1.0 / 3 - h)) / (2 * h)
    #expect(abs(third) < 1e-6)
    #expect(energy.curvature(at: 0.2) > 0 && energy.curvature(at: 0.5) > 0)
  }

  @Test func aTableOfASolutionIsThatSolution() throws {
    // The excess of a regular solution is a straight line, so that table and joint repeat it.
    let law = RegularSolution.lithiumIronPhosphate
    let regular = BulkEnergy.regularSolution(law)
    let phases = try #require(PhaseBoundary(regular)).phases
    let same = try Self.table(regular, phases, thermalEnergy: law.thermalEnergy)
    for x in [0.001, 0.01, 0.05, 0.13, 0.4, 0.5, 0.9, 0.99, 0.9999] {
      #expect(abs(same.slope(at: x) - regular.slope(at: x)) < 1e-9)
      #expect(abs(same.curvature(at: x) - regular.curvature(at: x)) < 1e-6)
    }
    #expect(abs((try #require(PhaseBoundary(same))).phases.low - phases.low) < 1e-8)
    // Of the subregular one only the interpolation between 200 points a side is left.
    let table = try Self.table(Self.subregular, Self.binodals, thermalEnergy: 0.025)
    for x in [0.003, 0.04, 0.08, 0.2, 0.45, 0.7, 0.86, 0.95] {
      #expect(abs(table.slope(at: x) - Self.subregular.slope(at: x)) < 2e-6)
    }
    let found = try #require(PhaseBoundary(table)).phases
    #expect(abs(found.low - Self.binodals.low) < 1e-5)
    #expect(abs(found.high - Self.binodals.high) < 1e-5)
    let bent = table.adding(curvature: 0.03)
    #expect(abs(bent.curvature(at: 0.3) - table.curvature(at: 0.3) - 0.03) < 1e-9)
    #expect(abs(bent.slope(at: 0.3) - table.slope(at: 0.3) - 0.03 * 0.3) < 1e-12)
  }

  @Test func theJointIsSmoothAndItsPhasesCoexist() throws {
    // No solution of two coefficients: slopes at the ends that ask for more, both at −3.42 eV.
    let (low, high) = (0.06, 0.8)
    func mu(_ x: Double) -> Double {
      let ideal = { (x: Double) in 0.025 * log(x / (1 - x)) }
      return x < 0.5
        ? -3.42 + ideal(x) - ideal(low) - 0.03 * (x - low)
        : -3.42 + ideal(x) - ideal(high) - 0.11 * (x - high)
    }
    let x = [0.01, 0.03, 0.05, 0.06, 0.2, 0.7, 0.8, 0.85, 0.9, 0.97]
    let law = try TabulatedEnergy(
      composition: x, potential: x.map(mu), gap: low...high, thermalEnergy: 0.025)
    // What the table has inside the gap is left out.
    #expect(law.composition == [0.01, 0.03, 0.05, 0.06, 0.8, 0.85, 0.9, 0.97])
    let energy = BulkEnergy.tabulated(law)
    for point in x where point <= low || point >= high {
      #expect(abs(energy.slope(at: point) - mu(point)) < 1e-7)
    }
    for end in [low, high] {
      let (left, right) = (energy.slope(at: end - 1e-7), energy.slope(at: end + 1e-7))
      #expect(abs(left - right) < 1e-6)
      // In the cell of a joint the cubic goes through it smoothly.
      let (before, after) = (energy.curvature(at: end - 2e-3), energy.curvature(at: end + 2e-3))
      #expect(abs(before - after) < 0.1 * abs(before))
    }
    let phases = try #require(PhaseBoundary(energy)).phases
    #expect(abs(phases.low - low) < 1e-4 && abs(phases.high - high) < 1e-4)
  }

  @Test func whatHoldsNoHomogeneousEnergyIsRefused() {
    let ideal = { (x: Double) in 0.025 * log(x / (1 - x)) }
    let x = (1...99).map { Double($0) / 100 }
    // An open-circuit curve: solid solution, plateau, solid solution.
    let curve = x.map { $0 < 0.1 ? ideal($0) - ideal(0.1) : $0 > 0.8 ? ideal($0) - ideal(0.8) : 0 }
    #expect(Self.problem(x, curve).contains("two phases coexist"))
    // With noise of a tenth of a millivolt on its plateau too, and where the gap leaves some of it.
    let noisy = zip(x, curve).map { $1 + ($0 > 0.1 && $0 < 0.8 ? 1e-4 * sin(1e3 * $0) : 0) }
    #expect(Self.problem(x, noisy).contains("two phases coexist"))
    #expect(Self.problem(x, noisy, gap: 0.1...0.6).contains("two phases coexist"))
    #expect(Self.problem(x, noisy, gap: 0.1...0.8) == "nothing was thrown")
    var falling = x.map(ideal)
    falling[40] -= 0.02
    #expect(Self.problem(x, falling).contains("expected it to rise"))
    #expect(Self.problem(x, x.map(ideal)) == "nothing was thrown")
    #expect(Self.problem(x, x.map(ideal), gap: 0.3...0.6).contains("one potential"))
    #expect(Self.problem([0.1, 0.2, 0.2, 0.4], [0, 1, 2, 3]).contains("rising compositions"))
    #expect(Self.problem([0.1, 0.2, 1], [0, 1, 2]).contains("between 0 and 1"))
    #expect(Self.problem([0.1, 0.6, 0.8], [0, 1, 2], gap: 0.3...0.5).contains("at least 2"))
  }
}
