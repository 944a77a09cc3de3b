// SPDX-License-Identifier: Apache-2.0

import Glibc
import Physics
import TestSupport
import Testing

struct OrthotropicStiffnessTests {
  let crystal = Material.lithiumIronPhosphate.stiffness

  @Test func constantsAreStoredInElectronvoltsPerCubicNanometre() {
    #expect(agree(crystal.c55 * 160.217_663_4, 49_050, within: 1e-14))
    #expect(agree(crystal.c13 / gigapascal, 53.25, within: 1e-14))
  }

  @Test func planeStressEqualsTheBulkLawWithoutStressAlongB() {
    // The oracle is the three-dimensional law, its printed third line corrected.
    let strain = SymmetricTensor2(aa: 0.013, cc: -0.007, ac: 0.004)
    let alongB = crystal.thicknessStrain(ofElasticStrain: strain)
    let stressA = crystal.c11 * strain.aa + crystal.c12 * alongB + crystal.c13 * strain.cc
    let stressB = crystal.c12 * strain.aa + crystal.c22 * alongB + crystal.c23 * strain.cc
    let stressC = crystal.c13 * strain.aa + crystal.c23 * alongB + crystal.c33 * strain.cc
    let stress = crystal.planeStress.stress(ofElasticStrain: strain)
    #expect(abs(stressB) < 1e-15 * crystal.c22)
    #expect(agree(stress.aa, stressA, within: 1e-13))
    #expect(agree(stress.cc, stressC, within: 1e-13))
    #expect(agree(stress.ac, 2 * crystal.c55 * strain.ac, within: 1e-15))
  }

  @Test func tableStiffnessIsPositiveDefinite() {
    #expect(crystal.isPositiveDefinite)
    #expect(crystal.planeStress.isPositiveDefinite)
  }

  @Test func indefiniteStiffnessIsRecognised() {
    for path in [\OrthotropicStiffness.c44, \.c55, \.c66, \.c11, \.c22, \.c33] {
      var broken = crystal
      broken[keyPath: path] = -broken[keyPath: path]
      #expect(!broken.isPositiveDefinite)
    }
    for path in [\OrthotropicStiffness.c12, \.c13, \.c23] {
      var broken = crystal
      broken[keyPath: path] = 180 * gigapascal
      #expect(!broken.isPositiveDefinite)
    }
    var unknown = crystal
    unknown.c13 = .nan
    #expect(!unknown.isPositiveDefinite)
  }

  @Test func negativeThirdMinorAloneIsIndefinite() {
    // All 2 by 2 minors are positive: only the determinant, 1 + 2 r³ − 3 r² at r = −0.6, is not.
    let flat = OrthotropicStiffness(
      in: gigapascal, c11: 1, c22: 1, c33: 1, c44: 1, c55: 1, c66: 1,
      c12: -0.6, c13: -0.6, c23: -0.6)
    #expect(!flat.isPositiveDefinite)
  }

  @Test func scalingMultipliesEveryConstant() {
    let half = crystal.scaled(by: 0.5)
    let strain = SymmetricTensor2(aa: 0.01, cc: 0.02, ac: -0.03)
    let full = crystal.planeStress.energyDensity(ofElasticStrain: strain)
    #expect(agree(half.planeStress.energyDensity(ofElasticStrain: strain), full / 2, within: 1e-14))
    #expect(agree(half.c44, crystal.c44 / 2, within: 1e-15))
    #expect(agree(half.c66, crystal.c66 / 2, within: 1e-15))
    let plane = crystal.planeStress.scaled(by: 0.25)
    #expect(agree(plane.energyDensity(ofElasticStrain: strain), full / 4, within: 1e-14))
  }
}

struct PlaneStressStiffnessTests {
  let plate = Material.lithiumIronPhosphate.stiffness.planeStress

  /// The coherency energy B(n) of a phase boundary, ε⁰:σ⁰ − t·A⁻¹·t with t = σ⁰ n.
  ///
  /// A is the acoustic tensor of the plate. Zero where n is normal to the invariant line.
  func coherencyEnergy(_ plate: PlaneStressStiffness, degreesFromA angle: Double) -> Double {
    let eigenstrain = SymmetricTensor2(aa: 0.0505, cc: -0.019, ac: 0)
    let stress = plate.stress(ofElasticStrain: eigenstrain)
    let normalA = cos(angle * degree)
    let normalC = sin(angle * degree)
    let traction = stress.applied(toA: normalA, c: normalC)
    let acousticA = plate.alpha * normalA * normalA + plate.shear * normalC * normalC
    let acousticC = plate.gamma * normalC * normalC + plate.shear * normalA * normalA
    let acousticMixed = (plate.beta + plate.shear) * normalA * normalC
    let determinant = acousticA * acousticC - acousticMixed * acousticMixed
    let relaxed =
      (acousticC * traction.a * traction.a - 2 * acousticMixed * traction.a * traction.c
        + acousticA * traction.c * traction.c) / determinant
    return stress.contracted(with: eigenstrain) - relaxed
  }

  @Test(arguments: [
    (0.0, 0.04855), (20, 0.01568), (31.52, 0), (45, 0.03203), (60, 0.14116), (65.6, 0.19228),
    (90, 0.33042),
  ])
  func coherencyEnergyOfABoundaryIsThatOfIndependentCode(angle: Double, energy: Double) {
    let value = coherencyEnergy(plate, degreesFromA: angle) / gigapascal
    // Row E3a of the verification: half of the last printed digit, and a bit for 31.52°.
    #expect(abs(value - energy) < 6e-6, "B(\(angle)) = \(value) GPa")
  }

  @Test func halfTheShearModulusChangesTheBoundaryEnergy() {
    var printed = plate
    printed.shear /= 2
    let value = coherencyEnergy(printed, degreesFromA: 45) / gigapascal
    #expect(abs(value - 0.01932) < 6e-6)
  }

  @Test func stressIsTheDerivativeOfTheEnergyDensity() {
    let strain = SymmetricTensor2(aa: 0.01, cc: -0.02, ac: 0.015)
    let stress = plate.stress(ofElasticStrain: strain)
    for direction in [
      SymmetricTensor2(aa: 1, cc: 0, ac: 0), SymmetricTensor2(aa: 0, cc: 1, ac: 0),
      SymmetricTensor2(aa: 0, cc: 0, ac: 1),
    ] {
      // Central differences of a quadratic are exact up to rounding at any step.
      let forward = plate.energyDensity(ofElasticStrain: strain + 0.01 * direction)
      let backward = plate.energyDensity(ofElasticStrain: strain - 0.01 * direction)
      let slope = (forward - backward) / 0.02
      #expect(agree(slope, stress.contracted(with: direction), within: 1e-12))
    }
  }

  @Test func complianceInvertsStiffness() {
    let strain = SymmetricTensor2(aa: 0.031, cc: -0.017, ac: 0.008)
    let back = plate.elasticStrain(ofStress: plate.stress(ofElasticStrain: strain))
    #expect((back - strain).frobeniusNorm < 1e-15)
  }

  @Test func isotropicPlateUnderTensionStretchesByYoungsModulusAndPoissonsRatio() {
    let isotropic = PlaneStressStiffness(youngsModulus: 3, poissonRatio: 0.3)
    let strain = isotropic.elasticStrain(ofStress: SymmetricTensor2(aa: 0.6, cc: 0, ac: 0))
    #expect(agree(strain.aa, 0.2, within: 1e-14))
    #expect(agree(strain.cc, -0.06, within: 1e-14))
    #expect(abs(strain.ac) < 1e-17)
  }

  @Test func isotropicPlateHasNoPreferredDirection() {
    let isotropic = PlaneStressStiffness(youngsModulus: 3, poissonRatio: 0.3)
    // The same pure shear in axes turned by 45 degrees.
    let straight = isotropic.energyDensity(
      ofElasticStrain: SymmetricTensor2(aa: 0.01, cc: -0.01, ac: 0))
    let turned = isotropic.energyDensity(
      ofElasticStrain: SymmetricTensor2(aa: 0, cc: 0, ac: 0.01))
    #expect(agree(straight, turned, within: 1e-14))
  }

  @Test func indefinitePlateIsRecognised() {
    #expect(
      !PlaneStressStiffness(alpha: 1, beta: 1.1, gamma: 1, shear: 1).isPositiveDefinite)
    #expect(
      !PlaneStressStiffness(alpha: 1, beta: 0, gamma: 1, shear: 0).isPositiveDefinite)
    #expect(
      !PlaneStressStiffness(alpha: -1, beta: 0, gamma: -1, shear: 1).isPositiveDefinite)
    #expect(
      !PlaneStressStiffness(alpha: 1, beta: .nan, gamma: 1, shear: 1).isPositiveDefinite)
  }
}

struct SymmetricTensorTests {
  @Test func frobeniusNormCountsTheShearTwice() {
    let tensor = SymmetricTensor2(aa: 1, cc: 2, ac: 3)
    #expect(agree(tensor.frobeniusNorm, 23.0.squareRoot(), within: 1e-15))
  }

  @Test func frobeniusNormDoesNotDependOnTheAxes() {
    let tensor = SymmetricTensor2(aa: 0.3, cc: -0.1, ac: 0.25)
    let (sine, cosine) = (0.6, 0.8)
    let turned = SymmetricTensor2(
      aa: cosine * cosine * 0.3 - sine * sine * 0.1 + 2 * sine * cosine * 0.25,
      cc: sine * sine * 0.3 - cosine * cosine * 0.1 - 2 * sine * cosine * 0.25,
      ac: (cosine * cosine - sine * sine) * 0.25 - sine * cosine * 0.4)
    #expect(agree(tensor.frobeniusNorm, turned.frobeniusNorm, within: 1e-14))
  }

  @Test func tensorsAddAndScaleByComponent() {
    let first = SymmetricTensor2(aa: 1, cc: 2, ac: 3)
    let second = SymmetricTensor2(aa: 10, cc: 20, ac: 40)
    #expect(first + second == SymmetricTensor2(aa: 11, cc: 22, ac: 43))
    #expect(second - first == SymmetricTensor2(aa: 9, cc: 18, ac: 37))
    #expect(2 * first == SymmetricTensor2(aa: 2, cc: 4, ac: 6))
    #expect(first + .zero == first)
  }

  @Test func tractionIsStressTimesNormal() {
    let traction = SymmetricTensor2(aa: 1, cc: 2, ac: 3).applied(toA: 10, c: 100)
    #expect(traction.a == 310)
    #expect(traction.c == 230)
  }
}
