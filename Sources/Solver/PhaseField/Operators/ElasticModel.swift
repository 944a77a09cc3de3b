// SPDX-License-Identifier: Apache-2.0

public import Physics

/// Linear elasticity with a composition-dependent eigenstrain.
public struct ElasticModel: Sendable {
  /// The stiffness in grid axes; where ``stiffnessLaw`` replaces it, the mean of its ends, by which
  /// residuals are scaled and systems preconditioned.
  public var stiffness: GridStiffness
  /// A stiffness that follows the composition; nil where it is one for all.
  public var stiffnessLaw: StiffnessLaw?
  /// The coefficients in powers of (X − X_r) of the eigenstrain along x, y, z; the first is of power 1.
  public var eigenstrain: Directions<[Double]>
  /// X_r, the composition of the reference lattice: there no eigenstrain is.
  public var reference: Double
  /// What is imposed on a periodic box as a whole.
  public var load = BoxLoad()
  /// Whether a plane strains along b as a whole, so that no force acts on its sections.
  public var isThicknessFree = false

  /// The most terms of an eigenstrain.
  public static let termLimit = 16

  /// The assumption that makes a plane of three dimensions.
  public enum Plane: String, CaseIterable, Sendable {
    /// No stress along b: a thin plate in its ac plane.
    case stress
    /// No strain along b: a long body, or one held between walls.
    case strain
    /// One strain along b for all of the body, without a force on its sections: a long body that is
    /// free.
    case generalised = "generalised_strain"
  }

  /// A material's elasticity.
  ///
  /// - Parameters:
  ///   - law: replaces the eigenstrain along a and c; that along b stays the material's, and both refer
  ///     to one lattice.
  ///   - shares: how stiffness goes from one end member to the other, and the eigenstrain where there is
  ///     no law; nil for one stiffness and a linear eigenstrain.
  ///   - plane: the assumption in two dimensions, nil in three.
  ///   - sitesPerVolume: in 1/nm3, which makes the stiffness an energy per site.
  public init(
    _ material: Material, law: EigenstrainLaw? = nil,
    shares: (stiffness: CompositionShare?, eigenstrain: CompositionShare?) = (nil, nil),
    plane: Plane?, sitesPerVolume: Double
  ) {
    var crystal = material.stiffness
    if let share = shares.stiffness {
      guard let range = material.endMembers else {
        preconditionFailure("a stiffness that follows the composition needs end members")
      }
      crystal = range.stiffness(at: 0.5)
      stiffnessLaw = StiffnessLaw(
        range, share: share, plane: plane, sitesPerVolume: sitesPerVolume)
    }
    stiffness =
      switch plane {
      case nil: GridStiffness(crystal, sitesPerVolume: sitesPerVolume)
      case .stress: GridStiffness(plateOf: crystal, sitesPerVolume: sitesPerVolume)
      case .strain, .generalised:
        GridStiffness(planeStrain: crystal, sitesPerVolume: sitesPerVolume)
      }
    isThicknessFree = plane == .generalised
    reference = material.referenceComposition
    let linear = material.eigenstrain
    let share = (shares.eigenstrain ?? .linear).powers(about: reference)
    func expansion(_ coefficient: Double) -> [Double] { share.map { coefficient * $0 } }
    if law == nil, share.count > 1 {
      eigenstrain = Directions(expansion(linear.a), expansion(linear.c), expansion(linear.b))
      return
    }
    let law = law ?? linear.law
    precondition(law.reference == reference, "law and material refer to one lattice")
    let powers = law.powers
    eigenstrain = Directions(powers.a, powers.c, expansion(linear.b))
  }

  /// A model from stiffness per site (eV) and law.
  public init(
    stiffness: GridStiffness, eigenstrain: Directions<[Double]>, reference: Double = 1
  ) {
    self.stiffness = stiffness
    self.reference = reference
    self.eigenstrain = eigenstrain
  }
}

/// What is imposed on a periodic box as a whole, along its periodic directions; a shear where both are.
public struct BoxLoad: Equatable, Sendable {
  /// Components along a and c, and the shear between them; tensor shear of a strain.
  public struct Components: Equatable, Sendable {
    /// Along a.
    public var aa: Double?
    /// Along c.
    public var cc: Double?
    /// The shear.
    public var ac: Double?

    /// Nothing.
    public init() {}
  }

  /// The mean strain, where it is imposed.
  public var strain = Components()
  /// The mean stress in eV/nm³, zero where neither it nor the strain is given.
  public var stress = Components()

  /// No stress.
  public init() {}
}

/// An orthotropic stiffness in the grid's axes, x = a, y = c, z = b, divided by the site density: eV.
public struct GridStiffness: Sendable, Equatable {
  package var xx, yy, zz, xy, xz, yz: Double
  package var shearXY, shearXZ, shearYZ: Double
  /// Sites per nm³, by which the constants were divided.
  let sitesPerVolume: Double
  /// Whether the stress along z is zero; then the elastic strain along z is −(`thinningX` ε_xx +
  /// `thinningY` ε_yy).
  var isPlate: Bool { zz == 0 }
  private(set) var thinningX = 0.0
  private(set) var thinningY = 0.0

  /// The normal stresses of elastic normal strains along x, y, z; zero along z in a plate, which
  /// nothing holds there.
  func normalStress(_ x: Eight, _ y: Eight, _ z: Eight) -> (x: Eight, y: Eight, z: Eight) {
    (
      x * xx + y * xy + z * xz, x * xy + y * yy + z * yz,
      isPlate ? .zero : x * xz + y * yz + z * zz
    )
  }

  /// The bulk stiffness in grid axes.
  public init(_ crystal: OrthotropicStiffness, sitesPerVolume: Double) {
    let c = crystal.scaled(by: 1 / sitesPerVolume)
    (xx, yy, zz) = (c.c11, c.c33, c.c22)
    (xy, xz, yz) = (c.c13, c.c12, c.c23)
    (shearXY, shearXZ, shearYZ) = (c.c55, c.c66, c.c44)
    self.sitesPerVolume = sitesPerVolume
  }

  /// The bulk stiffness in a plane that does not strain along z, without the shear out of it.
  public init(planeStrain crystal: OrthotropicStiffness, sitesPerVolume: Double) {
    self.init(crystal, sitesPerVolume: sitesPerVolume)
    (shearXZ, shearYZ) = (0, 0)
  }

  /// The stiffness of a plate that is free along z; its strain along z stays unknown (zero).
  public init(_ plate: PlaneStressStiffness, sitesPerVolume: Double) {
    let p = plate.scaled(by: 1 / sitesPerVolume)
    (xx, yy, zz) = (p.alpha, p.gamma, 0)
    (xy, xz, yz) = (p.beta, 0, 0)
    (shearXY, shearXZ, shearYZ) = (p.shear, 0, 0)
    self.sitesPerVolume = sitesPerVolume
  }

  /// The stiffness of a plate of a crystal that is free along z, its b axis.
  public init(plateOf crystal: OrthotropicStiffness, sitesPerVolume: Double) {
    self.init(crystal.planeStress, sitesPerVolume: sitesPerVolume)
    (thinningX, thinningY) = (crystal.c12 / crystal.c22, crystal.c23 / crystal.c22)
  }
}
