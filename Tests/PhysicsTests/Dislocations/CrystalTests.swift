// SPDX-License-Identifier: Apache-2.0

import Physics
import TestSupport
import Testing

struct CrystalTests {
  @Test func reciprocalLatticeInvertsTheLattice() throws {
    let cell = try triclinic().cell
    #expect(((cell.reciprocal * cell.direct) - .identity).largest < 1e-14)
    // a along X and c* along Z.
    #expect(cell.direction(SIMD3(1, 0, 0)) == SIMD3(0.5, 0, 0))
    let cStar = cell.normal(SIMD3(0, 0, 1))
    #expect(abs(cStar.x) < 1e-15 && abs(cStar.y) < 1e-15 && cStar.z > 0)
    let b = cell.direction(SIMD3(0, 1, 0))
    let c = cell.direction(SIMD3(0, 0, 1))
    #expect(agree(length(b), 0.62, within: 1e-14))
    #expect(agree(length(c), 0.71, within: 1e-14))
    #expect(agree(dot(b, c), 0.62 * 0.71 * 0.15643446504, within: 1e-9))
    #expect(cell.volume > 0)
  }

  @Test func spacingsAreTheClosedForms() throws {
    let hexagonal = try titanium().cell
    let closed = 1 / (4.0 / 3 * (1 + 2 + 4) / (0.295 * 0.295) + 9 / (0.468 * 0.468)).squareRoot()
    #expect(agree(hexagonal.spacing(Reflection(1, 2, 3)), closed, within: 1e-13))
    #expect(agree(lfp.cell.spacing(Reflection(2, 0, 0)), 0.5225, within: 1e-14))
  }

  @Test func symmetryIsFoundFromCellAndStiffness() throws {
    #expect(lfp.group.system == .orthorhombic)
    #expect(lfp.group.symbol == "mmm")
    #expect(try cubic(168.4, 121.4, 75.4).group.symbol == "m-3m")
    #expect(try titanium().group.symbol == "6/mmm")
    #expect(try triclinic().group.symbol == "-1")
    let cube = try UnitCell(
      a: 0.4, b: 0.4, c: 0.4, alpha: .pi / 2, beta: .pi / 2, gamma: .pi / 2)
    // A cubic cell whose stiffness is orthorhombic is an orthorhombic crystal.
    #expect(try Crystal(name: "", cell: cube, stiffness: lfp.stiffness).group.symbol == "mmm")
    let tetragonal = try UnitCell(
      a: 0.4, b: 0.4, c: 0.5, alpha: .pi / 2, beta: .pi / 2, gamma: .pi / 2)
    var constants = ["c11": 150.0, "c12": 50, "c13": 40, "c33": 120, "c44": 30, "c66": 45]
    let plain = try StiffnessTensor(constants: constants, of: .tetragonal, in: gigapascal)
    #expect(try Crystal(name: "", cell: tetragonal, stiffness: plain).group.symbol == "4/mmm")
    constants["c16"] = 8
    let skew = try StiffnessTensor(constants: constants, of: .tetragonal, in: gigapascal)
    #expect(try Crystal(name: "", cell: tetragonal, stiffness: skew).group.symbol == "4/m")
  }

  @Test func trigonalAndMonoclinicCrystalsHaveTheirGroups() throws {
    let hexagonal = try UnitCell(
      a: 0.476, b: 0.476, c: 1.299, alpha: .pi / 2, beta: .pi / 2, gamma: 120 * degree)
    // Sapphire.
    var constants = ["c11": 497.0, "c12": 163, "c13": 116, "c14": 22, "c33": 501, "c44": 147]
    let sapphire = try StiffnessTensor(constants: constants, of: .trigonal, in: gigapascal)
    let crystal = try Crystal(name: "", cell: hexagonal, stiffness: sapphire)
    #expect(crystal.group.symbol == "-3m")
    constants["c15"] = 15
    let skew = try StiffnessTensor(constants: constants, of: .trigonal, in: gigapascal)
    #expect(try Crystal(name: "", cell: hexagonal, stiffness: skew).group.symbol == "-3")
    let cell = try UnitCell(
      a: 0.5, b: 0.6, c: 0.7, alpha: .pi / 2, beta: 105 * degree, gamma: .pi / 2)
    let named = [
      "c11": 170.0, "c22": 150, "c33": 130, "c44": 40, "c55": 50, "c66": 45, "c12": 60,
      "c13": 50, "c23": 40, "c15": 6, "c25": -4, "c35": 8, "c46": 3,
    ]
    let monoclinic = try StiffnessTensor(constants: named, of: .monoclinic, in: gigapascal)
    #expect(try Crystal(name: "", cell: cell, stiffness: monoclinic).group.symbol == "2/m")
  }

  @Test func equivalentReflectionsAreTheOrbitOfTheGroup() throws {
    #expect(lfp.equivalents(of: Reflection(3, 1, 1)).count == 4)
    #expect(lfp.equivalents(of: Reflection(1, 0, 1)).count == 2)
    #expect(lfp.equivalents(of: Reflection(2, 0, 0)).count == 1)
    #expect(try cubic(168, 121, 75).equivalents(of: Reflection(1, 2, 3)).count == 24)
    #expect(try triclinic().equivalents(of: Reflection(1, 2, 3)) == [Reflection(1, 2, 3)])
    let crystal = try titanium()
    let orbit = crystal.equivalents(of: Reflection(1, 0, 2))
    #expect(orbit.count == 6)
    let spacing = crystal.cell.spacing(Reflection(1, 0, 2))
    #expect(orbit.allSatisfy { agree(crystal.cell.spacing($0), spacing, within: 1e-12) })
    #expect(orbit.contains(Reflection(1, -1, 2)) || orbit.contains(Reflection(-1, 1, -2)))
  }

  @Test func claimedSymmetryMayBeLowerButNotHigher() throws {
    let copper = try cubic(168.4, 121.4, 75.4)
    for (system, symbol) in [
      (CrystalSystem.orthorhombic, "mmm"), (.tetragonal, "4/mmm"), (.monoclinic, "2/m"),
      (.triclinic, "-1"), (.cubic, "m-3m"),
    ] {
      let claimed = try Crystal(
        name: "", cell: copper.cell, stiffness: copper.stiffness, symmetry: system)
      #expect(claimed.group.symbol == symbol)
    }
    let crystal = try titanium()
    #expect(
      try Crystal(
        name: "", cell: crystal.cell, stiffness: crystal.stiffness, symmetry: .trigonal
      ).group.symbol == "-3m")
    #expect(throws: CrystalError.symmetryNotPresent(.cubic, found: "orthorhombic (mmm)")) {
      try Crystal(name: "", cell: lfp.cell, stiffness: lfp.stiffness, symmetry: .cubic)
    }
    #expect(throws: CrystalError.self) {
      try Crystal(name: "", cell: lfp.cell, stiffness: lfp.stiffness, symmetry: .tetragonal)
    }
  }

  @Test func rotatedStiffnessGivesRotatedStress() throws {
    let stiffness = try triclinic().stiffness
    let turn = rotation(0.3, -0.8, 2)
    let strain = Matrix3(SIMD3(1, 0.2, 0.3), SIMD3(0.2, -2, 0.5), SIMD3(0.3, 0.5, 0.7))
    let expected = turn * stiffness.stress(ofElasticStrain: strain) * turn.transpose
    let stress = stiffness.rotated(by: turn)
      .stress(ofElasticStrain: turn * strain * turn.transpose)
    #expect((stress - expected).largest < 1e-13 * expected.largest)
    // The contraction with components is the same tensor.
    var direct = Matrix3.zero
    for (i, j) in [(0, 0), (0, 1), (1, 2)] {
      for k in 0..<3 {
        for l in 0..<3 { direct[i, j] += stiffness.component(i, j, k, l) * strain[k, l] }
      }
      #expect(agree(direct[i, j], stiffness.stress(ofElasticStrain: strain)[i, j], within: 1e-13))
    }
  }

  @Test func kelvinModuliDoNotDependOnTheAxes() throws {
    let stiffness = try triclinic().stiffness
    let turned = stiffness.rotated(by: rotation(1, 0.6, -0.2))
    for (first, second) in zip(stiffness.modes, turned.modes) {
      #expect(agree(first.modulus, second.modulus, within: 1e-12))
    }
    // 3 K and 2 μ of an isotropic crystal.
    let isotropic = try cubic(140, 60, 40)
    let moduli = isotropic.stiffness.modes.map { $0.modulus / gigapascal }
    for (value, target) in zip(moduli, [80, 80, 80, 80, 80, 260.0]) {
      #expect(agree(value, target, within: 1e-13))
    }
  }

  @Test func unstableCrystalIsRefusedWithItsEigenvalue() throws {
    do {
      _ = try cubic(100, 110, 50)
      Issue.record("a crystal with c11 < c12 is unstable")
    } catch CrystalError.unstable(let number, let value, let mode) {
      #expect(number == 1)
      #expect(abs(value + 10) < 1e-9)
      #expect(abs(mode[0] + mode[1] + mode[2]) < 1e-9)
    }
    #expect(throws: CrystalError.self) { try cubic(100, 50, -1) }
    #expect(throws: CrystalError.self) { try cubic(100, -50, 40) }
    #expect(throws: CrystalError.self) { try cubic(100, 100, 40) }
  }

  @Test func badMatricesAndConstantsAreRefusedByName() throws {
    var rows = (0..<6).map { row in (0..<6).map { $0 == row ? 100.0 : 0 } }
    rows[1][3] = 5
    #expect(throws: CrystalError.asymmetric(2, 4)) { try StiffnessTensor(rows: rows, in: 1) }
    rows[1][3] = .nan
    #expect(throws: CrystalError.badConstant(2, 4)) { try StiffnessTensor(rows: rows, in: 1) }
    #expect(throws: CrystalError.badShape) { try StiffnessTensor(rows: [[1]], in: 1) }
    #expect(throws: CrystalError.missingConstant("c44", .cubic)) {
      try StiffnessTensor(constants: ["c11": 1, "c12": 0.2], of: .cubic, in: 1)
    }
    do {
      _ = try StiffnessTensor(
        constants: ["c11": 1, "c12": 0.2, "c45": 3], of: .cubic, in: 1)
      Issue.record("a cubic crystal has no c45")
    } catch { #expect(error.description.contains("did you mean c44")) }
    #expect(CrystalSystem.inferred(fromConstants: ["c11", "c12", "c44"]) == .cubic)
    #expect(CrystalSystem.inferred(fromConstants: ["c11", "c12"]) == nil)
    let named = Set(CrystalSystem.trigonal.constantNames + ["c15"])
    #expect(CrystalSystem.inferred(fromConstants: named) == .trigonal)
  }

  @Test func badCellsAreRefused() throws {
    #expect(throws: CrystalError.badEdge("b", -1)) {
      try UnitCell(a: 1, b: -1, c: 1, alpha: 1.5, beta: 1.5, gamma: 1.5)
    }
    #expect(throws: CrystalError.self) {
      try UnitCell(a: 1, b: 1, c: 1, alpha: 20 * degree, beta: 20 * degree, gamma: 50 * degree)
    }
    #expect(throws: CrystalError.self) {
      try UnitCell(
        a: 1, b: 1, c: 1, alpha: 125 * degree, beta: 125 * degree, gamma: 125 * degree)
    }
    #expect(throws: CrystalError.self) {
      try UnitCell(a: 1, b: 1, c: .nan, alpha: 1.5, beta: 1.5, gamma: 1.5)
    }
  }

  @Test func badSlipSystemsAreRefused() throws {
    func attempt(
      _ burgers: SIMD3<Double>, _ line: SIMD3<Double>, _ plane: SIMD3<Double>?
    ) throws(CrystalError) {
      _ = try StraightDislocation(
        SlipSystem(burgers: burgers, line: line, plane: plane), in: lfp)
    }
    #expect(throws: CrystalError.zeroBurgers) { try attempt(.zero, SIMD3(0, 1, 0), nil) }
    #expect(throws: CrystalError.zeroBurgers) {
      try attempt(SIMD3(.nan, 1, 0), SIMD3(0, 1, 0), nil)
    }
    #expect(throws: CrystalError.zeroLine) { try attempt(SIMD3(0, 1, 0), .zero, nil) }
    #expect(throws: CrystalError.zeroPlane) { try attempt(SIMD3(0, 1, 0), SIMD3(1, 0, 0), .zero) }
    #expect(throws: CrystalError.lineOutOfPlane(2)) {
      try attempt(SIMD3(0, 0, 1), SIMD3(0, 1, 1), SIMD3(1, 1, 1))
    }
    // A dislocation whose Burgers vector leaves its plane is sessile, and real.
    try attempt(SIMD3(0, 0, 1), SIMD3(1, 0, 0), SIMD3(0, 0, 1))
  }

  @Test func frameIsRightHandedWithTheLineAsThirdAxis() throws {
    let base = try general()
    #expect(length(cross(base.frame.e1, base.frame.e2) - base.frame.e3) < 1e-14)
    let line = try triclinic().cell.direction(SIMD3(1, -2, 1))
    #expect(length(base.frame.e3 - unit(line)) < 1e-14)
    let normal = try triclinic().cell.normal(SIMD3(1, 1, 1))
    #expect(length(base.frame.e2 - unit(normal)) < 1e-14)
    // Without a plane, the Burgers vector of an edge lies along +e1.
    let edge = try StraightDislocation(
      SlipSystem(burgers: SIMD3(0, 0, 1), line: SIMD3(0, 1, 0)), in: lfp)
    #expect(length(edge.frame.e1 - SIMD3(0, 0, 1)) < 1e-14)
  }
}
