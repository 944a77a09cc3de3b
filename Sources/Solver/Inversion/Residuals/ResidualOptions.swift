// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// How residual strain is computed.
public struct ResidualOptions: Sendable {
  /// The eigenstrain law.
  public var law: EigenstrainLaw
  /// The stiffness in the plane of the image.
  public var stiffness: PlaneStressStiffness
  /// N × N pixels are averaged before the incompatibility is taken, so that images of different
  /// pixel size compare.
  public var bin: Int
  /// What is done with mis-indexed pixels.
  public var outliers = OutlierRule.reject
  /// How linear systems are solved; by size when nil.
  public var method: LinearSolver.Method?

  /// Options for a law in a material.
  public init(law: EigenstrainLaw, stiffness: PlaneStressStiffness, bin: Int = 1) {
    self.law = law
    self.stiffness = stiffness
    self.bin = bin
  }
}
