// SPDX-License-Identifier: Apache-2.0

/// The unknown fields of a phase field, in their order in a state; rows of the equations have the
/// order of what they determine.
public enum PhaseFieldUnknown: Int, CaseIterable, Sendable {
  /// X.
  case composition
  /// The diffusion potential μ.
  case potential
  /// The displacement along x = a.
  case displacementX
  /// The displacement along y = c.
  case displacementY
  /// The displacement along z = b.
  case displacementZ

  /// Its name in files.
  public var name: String {
    switch self {
    case .composition: "composition"
    case .potential: "potential"
    case .displacementX: "u_a"
    case .displacementY: "u_c"
    case .displacementZ: "u_b"
    }
  }

  /// Its unit in files.
  public var unit: String {
    switch self {
    case .composition: "1"
    case .potential: "eV"
    case .displacementX, .displacementY, .displacementZ: "nm"
    }
  }

  /// Whether its rate stands in the equations: that of X alone.
  public var isDifferential: Bool { self == .composition }

  /// Where the three fields of the displacement begin.
  @inline(__always)
  static var displacement: Int { PhaseFieldUnknown.displacementX.rawValue }

  /// The unknowns with or without elasticity.
  static func all(isElastic: Bool) -> [PhaseFieldUnknown] {
    isElastic ? allCases : [.composition, .potential]
  }
}

extension Fields {
  /// The field of an unknown.
  @inline(__always)
  package subscript(_ unknown: PhaseFieldUnknown) -> Lane { self[unknown.rawValue] }
}
