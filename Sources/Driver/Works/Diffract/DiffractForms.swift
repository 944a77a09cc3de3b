// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Physics

extension CaseForm where Value == Reflection {
  /// Three whole numbers.
  static var indices: CaseForm {
    CaseForm(
      words: "[h, k, l]",
      read: { keys, key in
        guard let indices = try? keys.nested(key, [Int].self), indices.count == 3 else {
          throw keys.problem(key, "expected three whole numbers such as [1, 0, 1]")
        }
        return Reflection(indices[0], indices[1], indices[2])
      },
      text: { "[\($0.h), \($0.k), \($0.l)]" })
  }
}

extension CaseForm where Value == LineOptions.Background {
  /// Fitted with a bend, flat, or a known level.
  static var background: CaseForm {
    CaseForm(
      words: "",
      read: { keys, key in
        switch try keys.text(key) {
        case "fitted", "curved": .curved
        case "flat": .flat
        default: .known(try keys.number(key, in: 0...1e300))
        }
      },
      text: { background in
        switch background {
        case .curved: "curved"
        case .flat: "flat"
        case .known(let level): "\(level)"
        }
      })
  }
}

extension CaseForm where Value == ClosedRange<Double> {
  /// Two rising numbers in the unit of the abscissa.
  static var window: CaseForm {
    CaseForm(
      words: "",
      read: { keys, key in
        let ends = try keys.nested(key, [Double].self)
        guard ends.count == 2, ends[0] < ends[1], ends.allSatisfy(\.isFinite) else {
          throw keys.problem(
            key,
            "found \(ends), expected two rising numbers in the abscissa's unit (degrees of 2θ, 1/nm, "
              + "1/Å or Å)")
        }
        return ends[0]...ends[1]
      },
      text: { "[\($0.lowerBound), \($0.upperBound)]" })
  }
}

extension CaseForm where Value == DiffractionPattern.Abscissa {
  /// What the positions of a pattern are; `scattering_vector` is the old name of `q_per_nm`.
  static var abscissa: CaseForm {
    let choice = CaseForm.choice
    return CaseForm(
      words: choice.words,
      read: { keys, key in
        try keys.text(key) == "scattering_vector" ? .scatteringVector : choice.read(keys, key)
      }, text: choice.text)
  }
}

extension CaseForm where Value == PatternColumns {
  /// The columns of a pattern's file.
  static var columns: CaseForm {
    CaseForm(
      words: "", parts: { ColumnKeys.paths },
      read: { try $0.nested($1, DiffractColumns.self).columns }, text: { ColumnKeys($0).flow })
  }
}

extension CaseForm where Value == [String: Double] {
  /// Densities by the labels of systems, in 1/nm².
  static var densities: CaseForm {
    CaseForm(
      words: "",
      parts: {
        [
          CasePath(
            keys: [CasePath.anyName], words: "in \(Dimension.dislocationDensity.unitList)",
            usual: "none", value: nil, meaning: "the density of a system by its label", isLeaf: true
          )
        ]
      },
      read: { try $0.nested($1, DiffractDensities.self).densities },
      text: { densities in
        let entries = densities.sorted { $0.key < $1.key }.map {
          "\"\($0.key)\": \($0.value) 1/nm2"
        }
        return "{\(entries.joined(separator: ", "))}"
      })
  }
}

extension CaseForm where Value == DiffractCrystals {
  /// One crystal or a list of phases.
  static var crystals: CaseForm {
    CaseForm(
      words: "", parts: { CrystalKeys.paths + CasePath.items(CrystalKeys.paths) },
      read: { try $0.nested($1) },
      text: { phases in
        "[\(phases.crystals.map { CrystalKeys($0).flow }.joined(separator: ", "))]"
      })
  }
}

extension CaseForm where Value == DiffractSystems {
  /// Slip systems by names or indices.
  static var systems: CaseForm {
    CaseForm(
      words: "", parts: { CasePath.items(SystemKeys.paths) }, read: { try $0.nested($1) },
      text: { found in
        guard !found.systems.isEmpty else { return "none" }
        return "[\(found.systems.map { SystemKeys($0).flow }.joined(separator: ", "))]"
      })
  }
}

/// Densities by the labels of systems.
private struct DiffractDensities: Decodable {
  let densities: [String: Double]

  init(from decoder: any Decoder) throws {
    guard let texts = try? decoder.singleValueContainer().decode([String: String].self) else {
      throw CaseError(
        decoder.codingPath, "found no mapping, expected densities such as {D: \"100 1/um2\"}")
    }
    var found: [String: Double] = [:]
    for (label, text) in texts {
      do throws(QuantityError) {
        found[label] = try Quantity.parse(text, as: .dislocationDensity)
      } catch {
        throw CaseError(decoder.codingPath, "\(label): found \(error)")
      }
      guard found[label].map({ $0 >= 0 }) ?? false else {
        throw CaseError(decoder.codingPath, "\(label): found \(text), expected 0 or more")
      }
    }
    densities = found
  }
}
