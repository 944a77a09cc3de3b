// SPDX-License-Identifier: Apache-2.0

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

/// Vegard's law in three directions: an eigenstrain linear in composition, zero in the reference
/// lattice.
///
/// ε⁰_i(X) = (X − X_r) e_i. A learned ``EigenstrainLaw`` replaces its a and c components.
@frozen
public struct LinearEigenstrain: Equatable, Sendable {
  /// dε⁰_aa/dX.
  public var a: Double
  /// dε⁰_bb/dX.
  public var b: Double
  /// dε⁰_cc/dX.
  public var c: Double
  /// The composition X_r of the reference lattice.
  public var reference: Double

  /// A linear eigenstrain from its expansion coefficients along a, b and c.
  @inlinable
  public init(a: Double, b: Double, c: Double, reference: Double = 1) {
    self.a = a
    self.b = b
    self.c = c
    self.reference = reference
  }

  /// The in-plane eigenstrain at a composition; its shear is zero.
  @inlinable
  public func strain(at composition: Double) -> SymmetricTensor2 {
    SymmetricTensor2(
      aa: (composition - reference) * a, cc: (composition - reference) * c, ac: 0)
  }

  /// The eigenstrain along b, the depth, at a composition.
  @inlinable
  public func depthStrain(at composition: Double) -> Double {
    (composition - reference) * b
  }

  /// The same in-plane law as coefficients of the anchored Legendre basis, φ_1 = 2(X − X_r).
  @inlinable public var law: EigenstrainLaw {
    EigenstrainLaw(a: [a / 2], c: [c / 2], reference: reference)
  }
}

/// A crystal whose lattice follows its composition; nothing else in Vegard is tied to LiFePO4.
public struct Material: Equatable, Sendable {
  /// The name by which outputs call it.
  public var name: String
  /// The stiffness in crystal axes, one for all compositions.
  public var stiffness: OrthotropicStiffness
  /// The lattice to which all strains refer.
  public var referenceLattice: LatticeParameters
  /// The eigenstrain used until a law has been learned.
  public var eigenstrain: LinearEigenstrain
  /// The composition of the reference lattice, at which all strain is zero.
  public var referenceComposition: Double { eigenstrain.reference }
  /// The stiffness of the pure phases, where known: to ask what a stiffness that follows the
  /// composition would change.
  public var endMembers: StiffnessRange?

  /// A material from its elastic and structural constants.
  ///
  /// - Parameters:
  ///   - name: the name by which outputs call it.
  ///   - stiffness: in crystal axes, eV/nm3.
  ///   - referenceLattice: at the eigenstrain's reference composition, nm.
  ///   - eigenstrain: the default law, relative to the reference lattice.
  ///   - endMembers: the stiffness of the pure phases.
  public init(
    name: String,
    stiffness: OrthotropicStiffness,
    referenceLattice: LatticeParameters,
    eigenstrain: LinearEigenstrain,
    endMembers: StiffnessRange? = nil
  ) {
    self.endMembers = endMembers
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
  /// End members: Table S4.
  public static let lithiumIronPhosphate = Material(
    name: "LiFePO4",
    stiffness: OrthotropicStiffness(
      in: gigapascal,
      c11: 157.4, c22: 175.8, c33: 154.0,
      c44: 37.8, c55: 49.05, c66: 51.6,
      c12: 51.2, c13: 53.25, c23: 32.7),
    referenceLattice: LatticeParameters(
      a: 10.45 * angstrom, b: 6.05 * angstrom, c: 4.74 * angstrom),
    eigenstrain: LinearEigenstrain(a: 0.0505, b: 0.0346, c: -0.019),
    endMembers: StiffnessRange(
      poor: OrthotropicStiffness(
        in: gigapascal,
        c11: 175.9, c22: 153.6, c33: 135.0,
        c44: 38.8, c55: 47.5, c66: 55.6,
        c12: 29.6, c13: 54.0, c23: 19.6),
      rich: OrthotropicStiffness(
        in: gigapascal,
        c11: 138.9, c22: 198.0, c33: 173.0,
        c44: 36.8, c55: 50.6, c66: 47.6,
        c12: 72.8, c13: 52.5, c23: 45.8)))
}

/// A stiffness that changes linearly with the composition between the pure phases.
public struct StiffnessRange: Equatable, Sendable {
  /// At X = 0.
  public var poor: OrthotropicStiffness
  /// At X = 1.
  public var rich: OrthotropicStiffness

  /// Makes a range from the stiffness at X = 0 and at X = 1.
  public init(poor: OrthotropicStiffness, rich: OrthotropicStiffness) {
    self.poor = poor
    self.rich = rich
  }

  /// The stiffness at a composition, that of the pure phases beyond them.
  public func stiffness(at composition: Double) -> OrthotropicStiffness {
    let x = min(max(composition, 0), 1)
    var mixed = poor
    let constants: [WritableKeyPath<OrthotropicStiffness, Double>] = [
      \.c11, \.c22, \.c33, \.c44, \.c55, \.c66, \.c12, \.c13, \.c23,
    ]
    for constant in constants {
      mixed[keyPath: constant] =
        (1 - x) * poor[keyPath: constant] + x * rich[keyPath: constant]
    }
    return mixed
  }
}
