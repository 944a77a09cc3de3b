// SPDX-License-Identifier: Apache-2.0

/// How a field of a ``FieldModel`` changes.
public enum FieldKinetics: Hashable, Sendable {
  /// ∂φ/∂t = ∇·M∇μ: its content stays.
  case conserved(mobility: Double)
  /// ∂φ/∂t = −Lμ.
  case relaxing(rate: Double)
  /// ∂φ/∂t = −L(μ − ⟨μ⟩): ⟨μ⟩ is the Lagrange multiplier that holds the content.
  case held(rate: Double)

  /// Whether the content stays.
  public var keepsContent: Bool {
    if case .relaxing = self { false } else { true }
  }
}

/// A field of a ``FieldModel``.
public struct FieldVariable: Unknown {
  /// Its name in files.
  public let name: String
  /// Its unit in files.
  public var unit: String { "1" }
  /// Every field has a rate.
  public var isDifferential: Bool { true }
  /// How it changes.
  public let kinetics: FieldKinetics
  /// κ of ½κ|∇φ|².
  public let gradient: Double
  /// What it changes by from phase to phase: errors are measured by it.
  public let range: Double

  /// A field.
  public init(_ name: String, _ kinetics: FieldKinetics, gradient: Double, range: Double = 1) {
    (self.name, self.kinetics, self.gradient) = (name, kinetics, gradient)
    self.range = range
  }
}

/// Any number of fields with the energy F = ∫ f(φ₁, φ₂, …) + Σ ½κᵢ|∇φᵢ|², in any consistent units.
///
/// Potentials are μᵢ = ∂f/∂φᵢ − κᵢ∇²φᵢ.
public struct FieldModel: Sendable {
  /// The fields.
  public let variables: [FieldVariable]
  /// f.
  public let energy: any FieldEnergy

  /// A model.
  public init(_ variables: [FieldVariable], _ energy: any FieldEnergy) {
    precondition(variables.count == energy.count, "a variable for each field of the energy")
    (self.variables, self.energy) = (variables, energy)
  }

  /// PFHub's first benchmark, spinodal decomposition: M = 5, κ = 2.
  public static var pfhub1: FieldModel {
    let well = DoubleWellEnergy.pfhub1
    let c = FieldVariable(
      "composition", .conserved(mobility: 5), gradient: 2, range: well.high - well.low)
    return FieldModel([c], well)
  }
}
