// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// A model of the strain that a law makes in one particle: what the fit compares, and what it predicts.
///
/// ``DirectRegression`` and ``CoherencyStrain`` are the two; a third has its observations, its nuisance
/// and its strain here, and its case in ``Model``.
protocol StrainModel {
  /// Which it is.
  var kind: Model { get }
  /// The rigid motions that it leaves free in each component of the mask.
  func nuisanceCount(_ options: LearningOptions) -> Int
  /// What data and responses are multiplied by, so that particles of different pixels add up.
  func scale(_ particle: PreparedParticle) -> Double
  /// Runs over the observations, in the order of the pixels.
  ///
  /// Collective.
  func visit(
    _ particle: PreparedParticle, _ body: (Observation) -> Void
  ) throws(ParallelError)
  /// The strain of a law at an own pixel.
  func strain(
    _ law: EigenstrainLaw, at pixel: Int, of particle: PreparedParticle
  ) -> SymmetricTensor2
}

/// M0: the normal strains of each pixel on the basis at its composition (equation 7.1 of the SI),
/// ε_aa = Σ_n a_n φ_n(X) and ε_cc = Σ_n c_n φ_n(X), as if each pixel were free of its neighbours.
///
/// Where X has noise of variance σ², the basis is φ̃_n with ⟨φ̃_n(X + e)⟩ = φ_n(X).
struct DirectRegression: StrainModel {
  /// X on own pixels.
  let composition: [Double]
  /// Whether noise of the composition is left in the basis.
  var isPlain = false

  var kind: Model { .m0 }

  func nuisanceCount(_ options: LearningOptions) -> Int { 0 }

  func scale(_ particle: PreparedParticle) -> Double { 1 }

  func visit(_ particle: PreparedParticle, _ body: (Observation) -> Void) {
    let terms = particle.options.basisTerms
    let cells = particle.image.numbering.ownCells
    var basis = DeconvolvedBasis(
      terms: terms, reference: particle.options.referenceComposition)
    for pixel in particle.valid {
      let sigma = isPlain ? 0 : particle.noise?.sigma[cells[pixel]] ?? 0
      basis.evaluate(at: composition[pixel], variance: sigma * sigma)
      for (direction, field) in [ForwardModel.Field.strainAA, .strainCC].enumerated() {
        var row = [Double](repeating: 0, count: 2 * terms)
        for term in 0..<terms { row[direction * terms + term] = basis[term + 1, 0] }
        body(
          Observation(
            field: field, pixel: pixel, component: 0, row: row, nuisance: [],
            data: particle.measured[field.rawValue][pixel],
            weight: particle.weight(field, pixel, norm: 1)))
      }
    }
  }

  func strain(
    _ law: EigenstrainLaw, at pixel: Int, of particle: PreparedParticle
  ) -> SymmetricTensor2 {
    law.strain(at: composition[pixel])
  }
}

/// M1: the measured fields on the forward responses (equations 2.9 and 7.2), rigid motions free where
/// nothing holds the boundary.
///
/// Equilibrium K d = D p is linear in the unknowns p = (a_n, c_n) of the law: column n of the
/// responses is the field that a_n = 1 alone makes, and a last one, where there is one, what the
/// measured boundary makes without eigenstrain. Then the field is Σ_n p_n r_n + r_held.
struct CoherencyStrain: StrainModel {
  /// The fields that each unknown of the law makes.
  let responses: PixelFields

  var kind: Model { .m1 }

  func nuisanceCount(_ options: LearningOptions) -> Int {
    guard options.boundary == .free else { return 0 }
    return switch options.misfit {
    case .displacement: 3
    case .gradient: 1
    case .strain: 0
    }
  }

  /// Displacements are compared in nm.
  func scale(_ particle: PreparedParticle) -> Double {
    particle.options.misfit == .displacement ? particle.image.pixelSize : 1
  }

  func visit(
    _ particle: PreparedParticle, _ body: (Observation) -> Void
  ) throws(ParallelError) {
    let most = responses.columnCount / 2
    let isLifted = responses.columnCount % 2 == 1
    let count = nuisanceCount(particle.options)
    let scale = scale(particle)
    let determined = try particle.determinedComponents(count)
    for pixel in particle.valid where determined[particle.component(pixel)] {
      for (field, norm) in particle.options.misfit.fields {
        let row = (0..<2 * most).map { scale * responses[field, $0, pixel] }
        let held = isLifted ? responses[field, 2 * most, pixel] : 0
        body(
          Observation(
            field: field, pixel: pixel, component: particle.component(pixel), row: row,
            nuisance: count > 0 ? particle.rigidMotion(field, pixel) : [],
            data: scale * (particle.measured[field.rawValue][pixel] - held),
            weight: particle.weight(field, pixel, norm: norm)))
      }
    }
  }

  func strain(
    _ law: EigenstrainLaw, at pixel: Int, of particle: PreparedParticle
  ) -> SymmetricTensor2 {
    SymmetricTensor2(
      aa: predicted(.strainAA, law, pixel), cc: predicted(.strainCC, law, pixel),
      ac: predicted(.strainAC, law, pixel))
  }

  /// A field that a law makes at an own pixel.
  func predicted(_ field: ForwardModel.Field, _ law: EigenstrainLaw, _ pixel: Int) -> Double {
    let most = responses.columnCount / 2
    var sum = responses.columnCount % 2 == 1 ? responses[field, 2 * most, pixel] : 0
    for term in 0..<law.terms {
      sum += law.a[term] * responses[field, term, pixel]
      sum += law.c[term] * responses[field, most + term, pixel]
    }
    return sum
  }
}

extension PreparedParticle {
  /// A model as it is prepared for this particle.
  func strainModel(_ kind: Model) -> any StrainModel {
    guard kind.obeysEquilibrium, let responses else {
      return DirectRegression(composition: composition)
    }
    return CoherencyStrain(responses: responses)
  }
}
