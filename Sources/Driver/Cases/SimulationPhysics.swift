// SPDX-License-Identifier: Apache-2.0

import Inversion
import Parallel
import Physics

/// The homogeneous energy: a regular solution, a polynomial or a double well.
struct EnergyKeys: Decodable {
  let energy: BulkEnergy
  /// kT in eV of the mobility, nil where the case leaves it to the energy.
  let thermal: Double?

  private enum Key: String, CaseKey {
    case omega, thermal, polynomial
    case doubleWell = "double_well"
  }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let usual = RegularSolution.lithiumIronPhosphate
    thermal = try keys.optional(.thermal, default: nil) { try keys.positiveQuantity($0, .energy) }
    let kinds = [Key.omega, .polynomial, .doubleWell].filter(keys.has)
    guard kinds.count < 2 else {
      throw keys.problem(
        kinds[1], "found \(kinds.map(\.rawValue).joined(separator: " and ")), expected one energy")
    }
    switch kinds.first {
    case .polynomial:
      let coefficients = try keys.quantities(.polynomial, .energy)
      guard (3...17).contains(coefficients.count) else {
        throw keys.problem(
          .polynomial,
          "found \(coefficients.count) coefficients, expected 3 to 17, that of X^0 first")
      }
      energy = .polynomial(PolynomialEnergy(coefficients))
    case .doubleWell:
      energy = .polynomial(try keys.nested(.doubleWell, WellKeys.self).energy)
    default:
      energy = .regularSolution(
        RegularSolution(
          omega: try keys.optional(.omega, default: usual.omega) { try keys.quantity($0, .energy) },
          thermalEnergy: thermal ?? usual.thermalEnergy))
    }
  }

  init() {
    energy = .regularSolution(.lithiumIronPhosphate)
    thermal = nil
  }
}

/// ρ (X − α)² (β − X)².
private struct WellKeys: Decodable {
  let energy: PolynomialEnergy
  private enum Key: String, CaseKey { case height, low, high }

  init(from decoder: any Decoder) throws {
    let keys = try CaseKeys<Key>(decoder)
    let low = try keys.number(.low)
    let high = try keys.number(.high)
    guard low < high else { throw keys.problem(.high, "found \(high), expected more than low") }
    energy = PolynomialEnergy(
      height: try keys.positiveQuantity(.height, .energy), wells: (low, high))
  }
}

/// How the mobility depends on the composition.
enum MobilityKind: String, CaseIterable { case degenerate, constant }

/// A material by its name, its file or its keys.
struct MaterialKeys: Decodable {
  private let name: String?
  private let material: Material?

  init(from decoder: any Decoder) throws {
    name = try? decoder.singleValueContainer().decode(String.self)
    material = name == nil ? try MaterialFile(from: decoder).material : nil
  }

  /// The material; a file's path is relative to `folder`.
  ///
  /// Collective.
  func material(
    in folder: String, _ communicator: Communicator
  ) throws(ParallelError) -> Material {
    if let material { return material }
    let name = name ?? "lfp"
    let path = MaterialFile.bundled[name] == nil ? CaseFolder.path(name, in: folder) : name
    return try MaterialFile.material(path, communicator: communicator)
  }
}

/// A law by its file, or by its coefficients in the anchored Legendre basis.
struct LawKeys: Decodable {
  private let file: String?
  private let model: String?
  private let coefficients: EigenstrainLaw?

  private enum Key: String, CaseKey { case file, model, a, c }

  init(from decoder: any Decoder) throws {
    if let path = try? decoder.singleValueContainer().decode(String.self) {
      (file, model, coefficients) = (path, nil, nil)
      return
    }
    let keys = try CaseKeys<Key>(decoder)
    if keys.has(.file) {
      file = try keys.text(.file)
      model = try keys.optional(.model, default: nil) { try keys.text($0) }
      coefficients = nil
      return
    }
    let (a, c) = (try keys.quantities(.a, .ratio), try keys.quantities(.c, .ratio))
    guard a.count == c.count, !a.isEmpty else {
      throw keys.problem(.c, "found \(c.count) coefficients, expected as many as along a")
    }
    (file, model, coefficients) = (nil, nil, EigenstrainLaw(a: a, c: c))
  }

  /// The path of its file.
  func name(in folder: String) -> String? { file.map { CaseFolder.path($0, in: folder) } }

  /// The law; a file's path is relative to `folder`.
  ///
  /// Collective.
  func law(in folder: String, _ communicator: Communicator) throws(ParallelError) -> EigenstrainLaw?
  {
    guard let file else { return coefficients }
    return try LawReader(CaseFolder.path(file, in: folder), communicator: communicator)
      .law(of: model).law
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
