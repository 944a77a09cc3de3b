// SPDX-License-Identifier: Apache-2.0

import Physics

/// A case of `dislocation` as written, before the crystal's elasticity makes a field of it.
struct DislocationText: CaseMapping {
  private(set) var crystal = Crystal.lithiumIronPhosphate
  private(set) var system = SlipSystem(burgers: SIMD3(), line: SIMD3())
  private(set) var reflections: [Reflection] = []
  private(set) var average: DislocationCase.Average?
  /// Where the field is wanted, Å.
  private(set) var points: [SIMD3<Double>] = []

  static var fields: [CaseField<DislocationText>] {
    [.init("crystal", required: \.crystal, .crystal, "in which it lies")]
      + CaseField.indices.map { $0.of(\DislocationText.system) } + [
        .init(
          "reflections", \.reflections, .reflections, unless: "none",
          "where contrast factors are wanted"),
        .init(
          "average", optional: \.average, .choice,
          unless: "equivalent for orthorhombic crystals, none for others",
          "whether a contrast factor is the mean over the reflections that symmetry makes "
            + "equivalent"),
        .init(
          "points", \.points, .vectors("x", "y", "z"), unless: "none",
          "where the field is wanted: in Å, in Cartesian axes with X along a and Z along c*"),
        // Read by ``DislocationCases``: it stands in the place of the others.
        .init(
          "cases", words: "a list of cases", unless: "one case",
          "several cases, each with these keys; nothing else stands beside it",
          read: { _, _, _ in }, text: { _ in nil }),
      ]
  }

  /// The table of docs/dislocation.md.
  static var documents: [(name: String, table: String)] { [("case", CaseDocument.table(fields))] }
}

extension CaseForm where Value == [Reflection] {
  /// A list of whole numbers h k l, not all zero.
  fileprivate static var reflections: CaseForm {
    CaseForm(
      words: "a list of `[h, k, l]`",
      read: { keys, key in
        try keys.vectors(key, "h", "k", "l").map { indices in
          let whole = SIMD3(indices.x.rounded(), indices.y.rounded(), indices.z.rounded())
          guard whole == indices, largestComponent(indices) < 1000 else {
            throw keys.problem(
              key, "found \(indices.x) \(indices.y) \(indices.z), expected whole numbers h k l")
          }
          let reflection = Reflection(Int(indices.x), Int(indices.y), Int(indices.z))
          guard reflection != Reflection(0, 0, 0) else {
            throw keys.problem(key, "\(CrystalError.zeroReflection)")
          }
          return reflection
        }
      },
      text: { list in "[\(list.map { "[\($0.h), \($0.k), \($0.l)]" }.joined(separator: ", "))]" })
  }
}
