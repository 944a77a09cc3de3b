// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// What a state means at the centres of elements, eight neighbours along x at a time.
///
/// Axes x = a, y = c, z = b. A trilinear field's value and gradient at the centre are its modes of
/// degree 0 and 1, so that nothing is interpolated.
struct ElementCentres {
  /// The values of eight elements; strains are tensor strains.
  struct Values {
    /// α V.
    var weight = Eight.zero
    var composition = Eight.zero
    /// Total strain.
    var aa = Eight.zero
    var cc = Eight.zero
    var bb = Eight.zero
    var bc = Eight.zero
    var ac = Eight.zero
    var ab = Eight.zero
    /// Eigenstrain; it has no shear.
    var freeAA = Eight.zero
    var freeCC = Eight.zero
    var freeBB = Eight.zero
  }

  private let layout: FieldLayout
  private let isPlane: Bool
  private let law: ElasticModel?
  /// The eigenstrain along x, y, z.
  private let expansions: [ExpansionLaw]
  private let scale: Directions<Double>
  private let elastic: ElasticBlock?
  private let weights: Fields

  init(_ system: PhaseFieldSystem) {
    let grid = system.grid
    layout = grid.layout
    isPlane = grid.dimension == 2
    law = system.model.elasticity
    expansions =
      law.map { [$0.eigenstrain.x, $0.eigenstrain.y, $0.eigenstrain.z] }?
      .map(ExpansionLaw.init) ?? []
    elastic = system.elastic
    weights = system.weights
    // A mode of degree 1 is the sum of ± the eight nodes: four differences over h, each ¼.
    scale = Directions(
      0.25 / grid.spacing.x, 0.25 / grid.spacing.y, isPlane ? 0 : 0.25 / grid.spacing.z)
  }

  /// The values of the elements from `place` on of a state whose ghosts are filled.
  @inline(__always)
  func values(_ state: Fields, _ place: Int) -> Values {
    var values = Values()
    values.weight = weights[0].load(place)
    values.composition = Octet(state[.composition], place, layout).analysed.v0 * 0.125
    guard let law else { return values }
    let u = Octet(state[.displacementX], place, layout).analysed
    let v = Octet(state[.displacementY], place, layout).analysed
    let w = Octet(state[.displacementZ], place, layout).analysed
    let whole = elastic?.meanStrain ?? .zero
    values.aa = u.v1 * scale.x + Eight(repeating: whole.x)
    values.cc = v.v2 * scale.y + Eight(repeating: whole.y)
    values.bb = w.v4 * scale.z + Eight(repeating: whole.w)
    values.ac = (u.v2 * scale.y + v.v1 * scale.x + Eight(repeating: whole.z)) * 0.5
    values.ab = (u.v4 * scale.z + w.v1 * scale.x) * 0.5
    values.bc = (v.v4 * scale.z + w.v2 * scale.y) * 0.5
    let less = values.composition - law.reference
    values.freeAA = expansions[0].value(less)
    values.freeCC = expansions[1].value(less)
    values.freeBB = expansions[2].value(less)
    if let mixed = law.stiffnessLaw {
      if mixed.isPlate {
        values.bb =
          values.freeBB
          + mixed.thickness(
            values.aa - values.freeAA, values.cc - values.freeCC, at: values.composition)
      }
    } else if isPlane && law.stiffness.isPlate {
      // No stress along b: C12 e_aa + C22 e_bb + C23 e_cc = 0 for the elastic strain e = ε − ε⁰.
      let s = law.stiffness
      values.bb =
        values.freeBB - (values.aa - values.freeAA) * s.thinningX
        - (values.cc - values.freeCC) * s.thinningY
    }
    return values
  }
}
