// SPDX-License-Identifier: Apache-2.0

/// A measured field of a particle image, named as its dataset.
public enum Channel: String, CaseIterable, Sendable {
  /// Lithium fraction X.
  case composition
  /// Normal strain along a.
  case strainAA = "e_aa"
  /// Normal strain along c.
  case strainCC = "e_cc"
  /// Tensor shear strain.
  case strainAC = "e_ac"
  /// Lattice rotation ½(∂v_c/∂a − ∂u_a/∂c) in radian.
  case rotation

  /// The dataset of the channel's standard deviation.
  public var sigmaName: String { "sigma_" + rawValue }

  /// What is needed to integrate a displacement.
  public static let gradient: [Channel] = [.strainAA, .strainCC, .strainAC, .rotation]
}
