// SPDX-License-Identifier: Apache-2.0

/// The seven crystal systems, and isotropy, by the stiffness constants that each leaves free.
///
/// Axes: monoclinic crystals have b unique; hexagonal and trigonal crystals have hexagonal axes
/// (γ = 120°), a trigonal crystal with two-fold axes has one along a.
public enum CrystalSystem: String, CaseIterable, Sendable, CustomStringConvertible {
  /// No symmetry but inversion: 21 constants.
  case triclinic
  /// A two-fold axis along b: 13 constants.
  case monoclinic
  /// Three two-fold axes along a, b, c: 9 constants.
  case orthorhombic
  /// A four-fold axis along c: 6 constants, and c16 without two-fold axes in the plane.
  case tetragonal
  /// A three-fold axis along c: 6 constants, and c15 without two-fold axes in the plane.
  case trigonal
  /// A six-fold axis along c: 5 constants.
  case hexagonal
  /// Four three-fold axes: 3 constants.
  case cubic
  /// No preferred direction: 2 constants. A stiffness, not a lattice.
  case isotropic

  /// The name in a case file.
  public var description: String { rawValue }

  /// The constants that must be given.
  public var constantNames: [String] {
    switch self {
    case .isotropic: ["c11", "c12"]
    case .cubic: ["c11", "c12", "c44"]
    case .hexagonal: ["c11", "c12", "c13", "c33", "c44"]
    case .trigonal: ["c11", "c12", "c13", "c14", "c33", "c44"]
    case .tetragonal: ["c11", "c12", "c13", "c33", "c44", "c66"]
    case .orthorhombic: Self.orthorhombicNames
    case .monoclinic: Self.orthorhombicNames + ["c15", "c25", "c35", "c46"]
    case .triclinic: (1...6).flatMap { row in (row...6).map { "c\(row)\($0)" } }
    }
  }

  /// The constants that may be given as well and are zero otherwise.
  public var optionalConstantNames: [String] {
    switch self {
    case .tetragonal: ["c16"]
    case .trigonal: ["c15"]
    default: []
    }
  }

  /// What the cell is like in the axes to which the named constants belong.
  var axesDescription: String {
    switch self {
    case .isotropic, .triclinic: "any cell"
    case .monoclinic: "alpha = gamma = 90"
    case .orthorhombic: "alpha = beta = gamma = 90"
    case .tetragonal: "a = b, alpha = beta = gamma = 90"
    case .trigonal, .hexagonal: "a = b, alpha = beta = 90, gamma = 120"
    case .cubic: "a = b = c, alpha = beta = gamma = 90"
    }
  }

  /// Whether a cell is in the axes to which the system's named constants belong.
  ///
  /// The same constants in other axes, such as a trigonal crystal's rhombohedral ones, are another
  /// crystal: nothing else would notice.
  public func hasAxes(of cell: UnitCell) -> Bool {
    func equal(_ first: Double, _ second: Double) -> Bool {
      abs(first - second) <= LaueGroup.cellTolerance * max(first, second)
    }
    let right = Double.pi / 2
    let isUpright = equal(cell.alpha, right) && equal(cell.beta, right)
    let isRectangular = isUpright && equal(cell.gamma, right)
    let isSquare = equal(cell.a, cell.b)
    return switch self {
    case .isotropic, .triclinic: true
    case .monoclinic: equal(cell.alpha, right) && equal(cell.gamma, right)
    case .orthorhombic: isRectangular
    case .tetragonal: isRectangular && isSquare
    case .trigonal, .hexagonal: isUpright && isSquare && equal(cell.gamma, 2 * .pi / 3)
    case .cubic: isRectangular && isSquare && equal(cell.b, cell.c)
    }
  }

  private static let orthorhombicNames = [
    "c11", "c22", "c33", "c44", "c55", "c66", "c12", "c13", "c23",
  ]

  /// The system with the fewest constants that takes all of these names and needs no others.
  ///
  /// Nil where no system does. Isotropy is never guessed: c11 and c12 alone are more often a cubic
  /// crystal with c44 forgotten.
  public static func inferred(fromConstants names: Set<String>) -> CrystalSystem? {
    let bySize = allCases.filter { $0 != .isotropic }
      .sorted { $0.constantNames.count < $1.constantNames.count }
    return bySize.first { system in
      let needed = Set(system.constantNames)
      return names.isSuperset(of: needed)
        && names.isSubset(of: needed.union(system.optionalConstantNames))
    }
  }
}

extension StiffnessTensor {
  /// A stiffness from the named constants of a crystal system.
  ///
  /// The constants that symmetry sets (c66 = (c11 − c12)/2 of a hexagonal crystal, c24 = −c14 of a
  /// trigonal one, …) are filled in and refused where given.
  ///
  /// - Parameters:
  ///   - named: by name, `c11` … `c66`, each multiplied by `unit`.
  ///   - system: whose constants they are.
  ///   - unit: the size of the constants' unit in eV/nm3.
  /// - Throws: ``CrystalError`` where one is missing, not finite or not the system's.
  public init(
    constants named: [String: Double], of system: CrystalSystem, in unit: Double
  ) throws(CrystalError) {
    let valid = system.constantNames + system.optionalConstantNames
    for name in named.keys.sorted() where !valid.contains(name) {
      throw .unknownConstant(name, system, valid)
    }
    for name in system.constantNames where named[name] == nil {
      throw .missingConstant(name, system)
    }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: 6), count: 6)
    func place(_ row: Int, _ column: Int, _ value: Double) {
      matrix[row - 1][column - 1] = value
      matrix[column - 1][row - 1] = value
    }
    func given(_ name: String) -> Double { named[name] ?? 0 }
    for row in 1...6 {
      for column in row...6 { place(row, column, given("c\(row)\(column)")) }
    }
    let planeShear = (given("c11") - given("c12")) / 2
    switch system {
    case .isotropic, .cubic:
      let shear = system == .cubic ? given("c44") : planeShear
      for index in 1...3 { place(index, index, given("c11")) }
      for index in 4...6 { place(index, index, shear) }
      for (row, column) in [(1, 2), (1, 3), (2, 3)] { place(row, column, given("c12")) }
    case .hexagonal, .trigonal, .tetragonal:
      place(2, 2, given("c11"))
      place(2, 3, given("c13"))
      place(5, 5, given("c44"))
      if system == .tetragonal { place(2, 6, -given("c16")) } else { place(6, 6, planeShear) }
      if system == .trigonal {
        place(2, 4, -given("c14"))
        place(5, 6, given("c14"))
        place(2, 5, -given("c15"))
        place(4, 6, -given("c15"))
      }
    case .orthorhombic, .monoclinic, .triclinic: break
    }
    try self.init(rows: matrix, in: unit)
  }
}
