/// The cell edges of an orthorhombic lattice, in nanometres.
@frozen
public struct LatticeParameters: Equatable, Sendable {
  /// Edge along a in nm.
  public var a: Double
  /// Edge along b in nm.
  public var b: Double
  /// Edge along c in nm.
  public var c: Double

  /// A lattice from its edges in nm.
  @inlinable
  public init(a: Double, b: Double, c: Double) {
    self.a = a
    self.b = b
    self.c = c
  }
}

/// Vegard's law in three directions: an eigenstrain linear in composition, zero at X = 1.
///
/// ε⁰_i(X) = (X − 1) e_i. A learned ``EigenstrainLaw`` replaces its a and c components.
@frozen
public struct LinearEigenstrain: Equatable, Sendable {
  /// dε⁰_aa/dX.
  public var a: Double
  /// dε⁰_bb/dX.
  public var b: Double
  /// dε⁰_cc/dX.
  public var c: Double

  /// A linear eigenstrain from its expansion coefficients along a, b and c.
  @inlinable
  public init(a: Double, b: Double, c: Double) {
    self.a = a
    self.b = b
    self.c = c
  }

  /// The in-plane eigenstrain at a composition; its shear is zero.
  @inlinable
  public func strain(at composition: Double) -> SymmetricTensor2 {
    SymmetricTensor2(aa: (composition - 1) * a, cc: (composition - 1) * c, ac: 0)
  }

  /// The eigenstrain along b, the depth, at a composition.
  @inlinable
  public func depthStrain(at composition: Double) -> Double {
    (composition - 1) * b
  }

  /// The same in-plane law as coefficients of the anchored Legendre basis, φ_1 = 2(X − 1).
  @inlinable public var law: EigenstrainLaw { EigenstrainLaw(a: [a / 2], c: [c / 2]) }
}

/// A crystal whose lattice follows its composition; nothing else in Vegard is tied to LiFePO4.
public struct Material: Equatable, Sendable {
  /// The name by which outputs call it.
  public var name: String
  /// The stiffness in crystal axes, one for all compositions.
  public var stiffness: OrthotropicStiffness
  /// The lattice at X = 1, to which all strains refer.
  public var referenceLattice: LatticeParameters
  /// The eigenstrain used until a law has been learned.
  public var eigenstrain: LinearEigenstrain

  /// A material from its elastic and structural constants.
  ///
  /// - Parameters:
  ///   - name: the name by which outputs call it.
  ///   - stiffness: in crystal axes, eV/nm3.
  ///   - referenceLattice: at X = 1, nm.
  ///   - eigenstrain: the default law, relative to the reference lattice.
  public init(
    name: String,
    stiffness: OrthotropicStiffness,
    referenceLattice: LatticeParameters,
    eigenstrain: LinearEigenstrain
  ) {
    self.name = name
    self.stiffness = stiffness
    self.referenceLattice = referenceLattice
    self.eigenstrain = eigenstrain
  }

  /// Lithium iron phosphate, LiFePO4 at X = 1 and FePO4 at X = 0.
  ///
  /// Stiffness: Table S1 of the SI, the mean of the two end members of Table S4. The value of C13 is
  /// lost in Table S1; 53.25 GPa is that mean. Lattice: LiFePO4 in Table S4. The expansion along b
  /// is printed in the SI's section on the 3D simulation; those along a and c are the linear default.
  public static let lithiumIronPhosphate = Material(
    name: "LiFePO4",
    stiffness: OrthotropicStiffness(
      in: gigapascal,
      c11: 157.4, c22: 175.8, c33: 154.0,
      c44: 37.8, c55: 49.05, c66: 51.6,
      c12: 51.2, c13: 53.25, c23: 32.7),
    referenceLattice: LatticeParameters(
      a: 10.45 * angstrom, b: 6.05 * angstrom, c: 4.74 * angstrom),
    eigenstrain: LinearEigenstrain(a: 0.0505, b: 0.0346, c: -0.019))
}
