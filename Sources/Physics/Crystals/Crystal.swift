// SPDX-License-Identifier: Apache-2.0

/// A crystal as dislocations and diffraction see it: a cell, a stiffness and their symmetry.
public struct Crystal: Equatable, Sendable {
  /// The name by which outputs call it.
  public let name: String
  /// The unit cell, nm.
  public let cell: UnitCell
  /// The stiffness in Cartesian crystal axes, X ∥ a and Z ∥ c*, eV/nm3.
  public let stiffness: StiffnessTensor
  /// The Laue group, found from cell and stiffness or claimed and checked.
  public let group: LaueGroup

  /// A stable crystal.
  ///
  /// - Parameters:
  ///   - name: the name by which outputs call it.
  ///   - cell: the unit cell.
  ///   - stiffness: in Cartesian crystal axes.
  ///   - symmetry: the crystal system; nil finds the highest that cell and stiffness allow.
  /// - Throws: ``CrystalError/unstable(_:_:_:)``, or ``CrystalError/symmetryNotPresent(_:found:)``
  ///   where the claimed system is higher than cell or stiffness allow.
  public init(
    name: String, cell: UnitCell, stiffness: StiffnessTensor, symmetry: CrystalSystem? = nil
  ) throws(CrystalError) {
    try stiffness.checkStability()
    let group = LaueGroup(cell: cell, stiffness: stiffness)
    guard let kept = symmetry.map({ group.reduced(to: $0) }) ?? group else {
      let found = "\(group.system) (\(group.symbol))"
      throw .symmetryNotPresent(symmetry ?? group.system, found: found)
    }
    self.init(name: name, cell: cell, stiffness: stiffness, group: kept)
  }

  private init(name: String, cell: UnitCell, stiffness: StiffnessTensor, group: LaueGroup) {
    self.name = name
    self.cell = cell
    self.stiffness = stiffness
    self.group = group
  }

  /// An orthorhombic crystal of a table, known to be stable.
  private init(name: String, edges: LatticeParameters, stiffness: OrthotropicStiffness) {
    let cell = UnitCell(orthorhombic: edges.a, edges.b, edges.c)
    let tensor = StiffnessTensor(stiffness)
    self.init(
      name: name, cell: cell, stiffness: tensor, group: LaueGroup(cell: cell, stiffness: tensor))
  }

  /// The reflections that are averaged as equivalent, one of each pair ±(h k l).
  public func equivalents(of reflection: Reflection) -> [Reflection] {
    group.equivalents(of: reflection)
  }

  /// Lithium iron phosphate, LiFePO4: Table S4 of the SI.
  public static let lithiumIronPhosphate = Crystal(
    name: "LiFePO4",
    edges: LatticeParameters(a: 10.45 * angstrom, b: 6.05 * angstrom, c: 4.74 * angstrom),
    stiffness: OrthotropicStiffness(
      in: gigapascal,
      c11: 138.9, c22: 198.0, c33: 173.0,
      c44: 36.8, c55: 50.6, c66: 47.6,
      c12: 72.8, c13: 52.5, c23: 45.8))

  /// Iron phosphate, FePO4: Table S4 of the SI.
  public static let ironPhosphate = Crystal(
    name: "FePO4",
    edges: LatticeParameters(a: 9.96 * angstrom, b: 5.88 * angstrom, c: 4.86 * angstrom),
    stiffness: OrthotropicStiffness(
      in: gigapascal,
      c11: 175.9, c22: 153.6, c33: 135.0,
      c44: 38.8, c55: 47.5, c66: 55.6,
      c12: 29.6, c13: 54.0, c23: 19.6))

  /// The crystals that a case may call by name.
  public static let bundled: [Crystal] = [.lithiumIronPhosphate, .ironPhosphate]
}
