// SPDX-License-Identifier: Apache-2.0

import Inversion
import Parallel
import Physics

/// How the mobility depends on the composition.
enum MobilityKind: String, CaseIterable { case degenerate, constant }

/// A material by its name, its file or its keys.
enum MaterialKeys: Decodable {
  /// A bundled name or a path.
  case named(String)
  case given(Material)

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self = .named(name)
    } else {
      self = .given(try MaterialFile(from: decoder).material)
    }
  }

  /// The material; a file's path is relative to `folder`.
  ///
  /// Collective.
  func material(
    in folder: String, _ communicator: Communicator
  ) throws(ParallelError) -> Material {
    switch self {
    case .given(let material): return material
    case .named(let name):
      let path = MaterialFile.bundled[name] == nil ? CaseFolder.path(name, in: folder) : name
      return try MaterialFile.material(path, communicator: communicator)
    }
  }
}

extension CaseForm where Value == MaterialKeys {
  static var material: CaseForm {
    CaseForm(
      words: "", parts: { MaterialFile.paths }, read: { try $0.nested($1) },
      text: { keys in
        switch keys {
        case .named(let name): "\"\(name)\""
        case .given(let material): MaterialFile(of: material).flow
        }
      })
  }
}

/// A law by its file, or by its coefficients in the anchored Legendre basis.
struct LawKeys: CaseMapping {
  private var file: String?
  private var model: String?
  private var a: [Double]?
  private var c: [Double]?

  static var fields: [CaseField<LawKeys>] {
    [
      .init("file", optional: \.file, .text, unless: "none", "a law file of `vegard learn`"),
      .init(
        "model", optional: \.model, .text, unless: "the selected one", "whose law of the file"),
      .init(
        "a", optional: \.a, .quantities(.ratio), unless: "none",
        "the coefficients along a in the anchored Legendre basis, instead of a file"),
      .init("c", optional: \.c, .quantities(.ratio), unless: "none", "as many along c"),
    ]
  }

  init() {}

  init(_ law: EigenstrainLaw) { (a, c) = (law.a, law.c) }

  init(from decoder: any Decoder) throws {
    if let path = try? decoder.singleValueContainer().decode(String.self) {
      self.init()
      file = path
    } else {
      try self.init(FieldKeys(decoder, names: LawKeys.names))
    }
  }

  mutating func finish(_ keys: FieldKeys) throws {
    // A file says the whole law, coefficients have no models.
    guard file == nil else { return (a, c) = (nil, nil) }
    model = nil
    for name in ["a", "c"] where !keys.has(name) {
      throw keys.problem(name, "found nothing, expected the key")
    }
    guard let a, let c, a.count == c.count, !a.isEmpty else {
      throw keys.problem(
        "c", "found \(c?.count ?? 0) coefficients, expected as many as along a")
    }
  }

  /// The path of its file.
  func name(in folder: String) -> String? { file.map { CaseFolder.path($0, in: folder) } }

  /// The law; a file's path is relative to `folder`.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a law that refers to another lattice than the
  ///   material: along b there is only the material's.
  func law(
    in folder: String, of material: Material, _ communicator: Communicator
  ) throws(ParallelError) -> EigenstrainLaw? {
    let expected = material.referenceComposition
    guard let file else {
      return EigenstrainLaw(a: a ?? [], c: c ?? [], reference: expected)
    }
    let path = CaseFolder.path(file, in: folder)
    let law = try LawReader(path, communicator: communicator).law(of: model).law
    guard law.reference == expected else {
      throw ParallelError(
        .input,
        "\(path): the law is zero at X = \(law.reference), the eigenstrain of \(material.name) at "
          + "X = \(expected): name a material with reference_composition \(law.reference)")
    }
    return law
  }
}

extension CaseForm where Value == LawKeys {
  static var law: CaseForm {
    CaseForm(words: "", parts: { LawKeys.paths }, read: { try $0.nested($1) }, text: { $0.flow })
  }
}

/// Where the files that a case names lie.
enum CaseFolder {
  /// The folder of a case file.
  static func of(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }

  /// A path that a case in `folder` names.
  static func path(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : folder + path
  }
}
