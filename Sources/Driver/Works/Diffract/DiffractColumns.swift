// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Physics

/// What the columns of a pattern's file are: names in their order, such as
/// `[position, intensity, skip, sigma]`, or numbers from 1, `{position: 1, intensity: 2, sigma: 4}`.
struct DiffractColumns: Decodable {
  let columns: PatternColumns

  private enum Key: String, CaseKey { case position, intensity, sigma }

  /// The names a list may use for a column.
  private static let names: [(words: [String], key: Key?)] = [
    (["position", "two_theta", "q", "q_per_nm", "q_per_angstrom", "d_angstrom", "x"], .position),
    (["intensity", "counts", "y"], .intensity), (["sigma", "sd", "error", "esd"], .sigma),
    (["skip", "ignore", "none", "-"], nil),
  ]

  init(from decoder: any Decoder) throws {
    var places: [Key: Int] = [:]
    if let list = try? decoder.singleValueContainer().decode([String].self) {
      let numbers = list.compactMap { Int($0) }
      if numbers.count == list.count, 2...3 ~= list.count {
        places = Dictionary(uniqueKeysWithValues: zip([.position, .intensity, .sigma], numbers))
      } else {
        for (index, word) in list.enumerated() {
          guard let found = Self.names.first(where: { $0.words.contains(word) }) else {
            let known = ["position", "intensity", "sigma", "skip"]
            let nearest = nearestName(to: word, among: known).map { "; did you mean \"\($0)\"?" }
            throw CaseError(
              decoder.codingPath,
              "found \"\(word)\", expected \(known.joined(separator: ", "))" + (nearest ?? ""))
          }
          guard let key = found.key else { continue }
          guard places.updateValue(index + 1, forKey: key) == nil else {
            throw CaseError(decoder.codingPath, "found \(key.rawValue) twice")
          }
        }
      }
    } else {
      let keys = try CaseKeys<Key>(decoder)
      for key in Key.allCases where keys.has(key) {
        places[key] = try keys.integer(key, in: 1...999)
      }
    }
    guard let position = places[.position], let intensity = places[.intensity] else {
      throw CaseError(
        decoder.codingPath,
        "found no \(places[.position] == nil ? "position" : "intensity"), expected both, such as "
          + "[position, intensity, skip, sigma]")
    }
    guard Set(places.values).count == places.count, places.values.allSatisfy({ $0 > 0 }) else {
      throw CaseError(
        decoder.codingPath, "found \(places.values.sorted()), expected different columns from 1")
    }
    columns = PatternColumns(
      position: position - 1, intensity: intensity - 1, deviation: places[.sigma].map { $0 - 1 })
  }
}

extension CaseKeys {
  /// What the positions of a pattern are; `scattering_vector` is the old name of `q_per_nm`.
  func abscissa(_ key: Key) throws -> DiffractionPattern.Abscissa {
    try text(key) == "scattering_vector" ? .scatteringVector : choice(key)
  }

  /// The columns of a pattern's file.
  func columns(_ key: Key) throws -> PatternColumns {
    try nested(key, DiffractColumns.self).columns
  }
}
