// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// The laws that can be learnt.
public enum Model: String, CaseIterable, Sendable {
  /// Direct regression of the strain on the composition, pixel by pixel (equation 7.1 of the SI).
  case m0
  /// The coherency strain model: the strain obeys mechanical equilibrium (equation 7.2).
  case m1

  /// Whether the strain obeys mechanical equilibrium: such a model needs the pixels' mesh, sees what
  /// holds the boundary, and compares what the misfit says.
  public var obeysEquilibrium: Bool { self != .m0 }
}

/// What is compared between model and image.
public enum Misfit: String, CaseIterable, Sendable {
  /// The strain, Frobenius norm.
  case strain
  /// Strain and rotation.
  case gradient
  /// The displacement integrated from strain and rotation, the paper's choice (2.7).
  case displacement

  /// The fields that are compared, with their weights: shear counts twice in the Frobenius norm of
  /// a symmetric tensor, and so does the rotation in that of the gradient.
  var fields: [(field: ForwardModel.Field, weight: Double)] {
    switch self {
    case .strain: [(.strainAA, 1), (.strainCC, 1), (.strainAC, 2)]
    case .gradient: [(.strainAA, 1), (.strainCC, 1), (.strainAC, 2), (.rotation, 2)]
    case .displacement: [(.displacementA, 1), (.displacementC, 1)]
    }
  }
}

/// How a law is learnt.
public struct LearningOptions: Sendable {
  /// The models in the order of the report; the last one is the selected one.
  public var models: [Model] = [.m0, .m1]
  /// The numbers of terms to choose from; one means that law alone, without a prior.
  public var terms: [Int] = Array(1...6)
  /// Whether any model needs the pixels' mesh.
  var needsMesh: Bool { models.contains { $0.obeysEquilibrium } }
  /// What holds the boundary of the forward model.
  public var boundary = ForwardModel.Boundary.free
  /// What is compared.
  public var misfit = Misfit.strain
  /// The stiffness in the plane of the image.
  public var stiffness: PlaneStressStiffness
  /// The composition that the images' strains refer to, at which the law vanishes.
  public var referenceComposition = 1.0
  /// A stiffness that follows the composition instead.
  public var endMembers: StiffnessRange?
  /// What is done with mis-indexed pixels.
  public var outliers = OutlierRule.reject
  /// How linear systems are solved; by size when nil.
  public var method: LinearSolver.Method?

  /// Whether the exact covariance of the law is computed.
  public var hasBands = true
  /// Whether noise of the composition is corrected for (errors in variables).
  public var correctsComposition = true
  /// The standard deviation of the composition that overrides what the stacks say.
  public var sigmaComposition: Double?
  /// What the noise draws grow from.
  public var seed = 1

  /// The terms of the averaged law.
  var averagedTerms = 10

  /// Whether the law is averaged over a prior: one number of terms means that law alone.
  public var isAveraged: Bool { terms.count > 1 }
  /// The terms that are looked at where the composition is noisy.
  static let noisyTerms = 6

  /// The options where the composition is noisy: at most six terms, of the average too.
  func underNoise() -> LearningOptions {
    guard isAveraged else { return self }
    var options = self
    options.averagedTerms = min(averagedTerms, Self.noisyTerms)
    options.terms = terms.filter { $0 <= Self.noisyTerms }
    if options.terms.count < 2 { options.terms = [1, Self.noisyTerms] }
    return options
  }

  /// The terms of the basis that the equations are set up in.
  var basisTerms: Int {
    max(terms.max() ?? 1, isAveraged ? averagedTerms : 1)
  }

  /// Whether the fit looks at the rotation.
  var usesRotation: Bool { misfit != .strain || boundary == .measured }
  /// Whether the fit needs the integrated displacement.
  var usesDisplacement: Bool { misfit == .displacement || boundary == .measured }

  /// The elements of an image whose composition is known on held cells.
  func elements(_ composition: [Double]) -> ElementField {
    endMembers.map { ElementField($0, composition: composition) } ?? ElementField(stiffness)
  }

  /// The defaults for a material.
  public init(stiffness: PlaneStressStiffness) { self.stiffness = stiffness }
}
