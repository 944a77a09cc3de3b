// SPDX-License-Identifier: Apache-2.0

import Glibc
import Physics

/// The five reflections of the paper.
let paperReflections = [
  Reflection(1, 0, 1), Reflection(2, 1, 0), Reflection(1, 1, 1), Reflection(3, 0, 1),
  Reflection(3, 1, 1),
]

let lfp = Crystal.lithiumIronPhosphate
let fp = Crystal.ironPhosphate

/// The candidate of a label.
func system(_ label: String) throws -> SlipSystem {
  struct Missing: Error { let label: String }
  guard let found = SlipSystem.olivineCandidates.first(where: { $0.label == label }) else {
    throw Missing(label: label)
  }
  return found
}

/// A cubic crystal with an edge of 0.36 nm; constants in GPa.
func cubic(_ c11: Double, _ c12: Double, _ c44: Double) throws -> Crystal {
  let cell = try UnitCell(
    a: 0.36, b: 0.36, c: 0.36, alpha: .pi / 2, beta: .pi / 2, gamma: .pi / 2)
  let stiffness = try StiffnessTensor(
    constants: ["c11": c11, "c12": c12, "c44": c44], of: .cubic, in: gigapascal)
  return try Crystal(name: "cubic", cell: cell, stiffness: stiffness)
}

/// Titanium, hexagonal; constants in GPa.
func titanium() throws -> Crystal {
  let cell = try UnitCell(
    a: 0.295, b: 0.295, c: 0.468, alpha: .pi / 2, beta: .pi / 2, gamma: 120 * degree)
  let stiffness = try StiffnessTensor(
    constants: ["c11": 135.6, "c12": 71.1, "c13": 24.1, "c33": 145.7, "c44": 45.7],
    of: .hexagonal, in: gigapascal)
  return try Crystal(name: "Ti", cell: cell, stiffness: stiffness)
}

/// A crystal without any symmetry; constants in GPa.
func triclinic() throws -> Crystal {
  let cell = try UnitCell(
    a: 0.5, b: 0.62, c: 0.71, alpha: 81 * degree, beta: 97 * degree, gamma: 108 * degree)
  let rows: [[Double]] = [
    [180, 60, 50, 7, -9, 4], [60, 150, 40, -6, 5, 8], [50, 40, 210, 3, 11, -5],
    [7, -6, 3, 45, 2, -4], [-9, 5, 11, 2, 60, 6], [4, 8, -5, -4, 6, 52],
  ]
  return try Crystal(
    name: "triclinic", cell: cell, stiffness: StiffnessTensor(rows: rows, in: gigapascal))
}

/// A dislocation of a kind that hides nothing: mixed, in no symmetry plane, no symmetry at all.
func general() throws -> StraightDislocation {
  try StraightDislocation(
    SlipSystem(burgers: SIMD3(1, 0, 1), line: SIMD3(1, -2, 1), plane: SIMD3(1, 1, 1)),
    in: triclinic())
}

/// A rotation by angles about Z, X and Z.
func rotation(_ first: Double, _ second: Double, _ third: Double) -> Matrix3 {
  func aboutZ(_ angle: Double) -> Matrix3 {
    let (cosine, sine) = (cos(angle), sin(angle))
    return Matrix3(SIMD3(cosine, -sine, 0), SIMD3(sine, cosine, 0), SIMD3(0, 0, 1))
  }
  let (cosine, sine) = (cos(second), sin(second))
  let aboutX = Matrix3(SIMD3(1, 0, 0), SIMD3(0, cosine, -sine), SIMD3(0, sine, cosine))
  return aboutZ(first) * aboutX * aboutZ(third)
}
