// SPDX-License-Identifier: Apache-2.0

/// What makes a crystal or a dislocation in it impossible, in the words of the case file.
public enum CrystalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An edge of the cell is not a positive number; its name and its length in nm.
  case badEdge(String, Double)
  /// No cell closes with these angles alpha, beta, gamma in radians.
  case badAngles(Double, Double, Double)
  /// The stiffness is not a matrix of six rows of six numbers.
  case badShape
  /// A stiffness constant is not a finite number; its Voigt indices, from 1.
  case badConstant(Int, Int)
  /// A stiffness constant differs from its mirror image; its Voigt indices, from 1.
  case asymmetric(Int, Int)
  /// A strain mode costs no energy: number (from 1, ascending), eigenvalue in GPa, and the mode.
  case unstable(Int, Double, [Double])
  /// A constant that the crystal system needs is not given.
  case missingConstant(String, CrystalSystem)
  /// A constant that the crystal system does not have, or sets itself, and the ones it has.
  case unknownConstant(String, CrystalSystem, [String])
  /// The named constants of a system are given for a cell in other axes.
  case wrongAxes(CrystalSystem, UnitCell)
  /// Cell or stiffness do not have the symmetry that is claimed; the one they have.
  case symmetryNotPresent(CrystalSystem, found: String)
  /// The Burgers vector is zero or not finite.
  case zeroBurgers
  /// The line direction is zero or not finite.
  case zeroLine
  /// The plane has no finite, nonzero indices.
  case zeroPlane
  /// The line does not lie in the plane; h u + k v + l w.
  case lineOutOfPlane(Double)
  /// The reflection 0 0 0, which no planes produce.
  case zeroReflection

  /// The key of a case file under which the fault lies.
  public var key: String {
    switch self {
    case .badEdge, .badAngles: "crystal.cell"
    case .badShape, .badConstant, .asymmetric, .unstable, .missingConstant, .unknownConstant,
      .wrongAxes:
      "crystal.stiffness"
    case .symmetryNotPresent: "crystal.symmetry"
    case .zeroBurgers: "burgers"
    case .zeroLine: "line"
    case .zeroPlane, .lineOutOfPlane: "plane"
    case .zeroReflection: "reflections"
    }
  }

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .badEdge(let name, let value):
      "the edge \(name) is \(rounded(value / angstrom)) Å; it must be a positive length"
    case .badAngles(let alpha, let beta, let gamma):
      "no cell has the angles \(rounded(alpha / degree)), \(rounded(beta / degree)), "
        + "\(rounded(gamma / degree)) degrees; each must lie between 0 and 180 and below the sum "
        + "of the other two, and all three must add to less than 360"
    case .badShape:
      "the stiffness must be six rows of six numbers in GPa, in the order aa bb cc bc ac ab"
    case .badConstant(let row, let column):
      "c\(row)\(column) is not a finite number"
    case .asymmetric(let row, let column):
      "c\(row)\(column) and c\(column)\(row) differ; a stiffness matrix is symmetric"
    case .unstable(let number, let value, let mode):
      "the crystal is unstable: eigenvalue \(number) of 6 of the stiffness is \(rounded(value)) "
        + "GPa and must be positive; its strain (aa bb cc bc ac ab) is "
        + mode.map(rounded).joined(separator: " ")
    case .missingConstant(let name, let system):
      "\(name) is missing; \(system) needs "
        + system.constantNames.joined(separator: " ")
    case .unknownConstant(let name, let system, let valid):
      "\(name) is not a constant of \(system) in these axes, which takes "
        + valid.joined(separator: " ")
        + (nearestName(to: name, among: valid).map { "; did you mean \($0)?" } ?? "")
    case .wrongAxes(let system, let cell):
      "the names of these constants are those of \(system) axes, \(system.axesDescription); found "
        + "the cell "
        + ([cell.a, cell.b, cell.c].map { rounded($0 / angstrom) }
        + [cell.alpha, cell.beta, cell.gamma].map { rounded($0 / degree) })
        .joined(separator: " ")
        + "; give the cell in those axes, or the stiffness as a 6 by 6 matrix"
    case .symmetryNotPresent(let claimed, let found):
      "cell and stiffness do not have the symmetry \(claimed); theirs is \(found)"
    case .zeroBurgers: "the Burgers vector must be finite and not zero"
    case .zeroLine: "the line direction must be finite and not zero"
    case .zeroPlane: "the plane's indices must be finite and not all zero"
    case .lineOutOfPlane(let product):
      "the line does not lie in the plane: h u + k v + l w is \(rounded(product)) and must be 0"
    case .zeroReflection: "0 0 0 is not a reflection"
    }
  }
}

/// A number with four decimals at most, without an exponent where it would not help.
private func rounded(_ number: Double) -> String {
  guard number.isFinite, abs(number) < 1e9 else { return "\(number)" }
  let scaled = (number * 1e4).rounded()
  // A small number would round to nothing, and the sign with it.
  guard scaled != 0 || number == 0 else { return "\(number)" }
  return "\(scaled / 1e4)"
}
