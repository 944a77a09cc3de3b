// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Physics

/// What the columns of a pattern's file are: names in their order, such as
/// `[position, intensity, skip, sigma]`, or numbers from 1, `{position: 1, intensity: 2, sigma: 4}`.
struct DiffractColumns: Decodable {
  let columns: PatternColumns

  /// The names a list may use for a column.
  private static var names: [(words: [String], key: WritableKeyPath<ColumnKeys, Int?>?)] {
    [
      (
        ["position", "two_theta", "q", "q_per_nm", "q_per_angstrom", "d_angstrom", "x"], \.position
      ),
      (["intensity", "counts", "y"], \.intensity), (["sigma", "sd", "error", "esd"], \.sigma),
      (["skip", "ignore", "none", "-"], nil),
    ]
  }

  init(from decoder: any Decoder) throws {
    var places = ColumnKeys()
    if let list = try? decoder.singleValueContainer().decode([String].self) {
      let numbers = list.compactMap { Int($0) }
      if numbers.count == list.count, 2...3 ~= list.count {
        (places.position, places.intensity) = (numbers[0], numbers[1])
        if numbers.count > 2 { places.sigma = numbers[2] }
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
          guard places[keyPath: key] == nil else {
            throw CaseError(decoder.codingPath, "found \(found.words[0]) twice")
          }
          places[keyPath: key] = index + 1
        }
      }
    } else {
      places = try ColumnKeys(from: decoder)
    }
    guard let position = places.position, let intensity = places.intensity else {
      throw CaseError(
        decoder.codingPath,
        "found no \(places.position == nil ? "position" : "intensity"), expected both, such as "
          + "[position, intensity, skip, sigma]")
    }
    let all = [position, intensity] + [places.sigma].compactMap(\.self)
    guard Set(all).count == all.count, all.allSatisfy({ $0 > 0 }) else {
      throw CaseError(
        decoder.codingPath, "found \(all.sorted()), expected different columns from 1")
    }
    columns = PatternColumns(
      position: position - 1, intensity: intensity - 1, deviation: places.sigma.map { $0 - 1 })
  }
}

/// Columns by their numbers, from 1 as spreadsheets count.
struct ColumnKeys: CaseMapping {
  var position: Int?
  var intensity: Int?
  var sigma: Int?

  static var fields: [CaseField<ColumnKeys>] {
    let number = CaseForm.integer(in: 1...999)
    return [
      .init("position", optional: \.position, number, unless: CasePath.required, "of the abscissa"),
      .init(
        "intensity", optional: \.intensity, number, unless: CasePath.required, "of the intensity"),
      .init("sigma", optional: \.sigma, number, unless: "none", "of its standard deviation"),
    ]
  }

  init() {}

  /// The keys that say columns again.
  init(_ columns: PatternColumns) {
    (position, intensity) = (columns.position + 1, columns.intensity + 1)
    sigma = columns.deviation.map { $0 + 1 }
  }
}
