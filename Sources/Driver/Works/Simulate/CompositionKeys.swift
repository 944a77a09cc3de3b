// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// How the stiffness depends on the composition.
enum StiffnessKind {
  /// The material's one.
  case constant
  /// From one end member to the other.
  case between(CompositionShare)

  /// The share of the end at X = 1; nil of a constant one.
  var share: CompositionShare? {
    if case .between(let share) = self { share } else { nil }
  }
}

/// How the material's eigenstrain depends on the composition.
enum EigenstrainKind: String, CaseIterable { case linear, smooth }

extension Material {
  /// The same, one stiffness for all compositions.
  var withoutEndMembers: Material {
    var material = self
    material.endMembers = nil
    return material
  }
}

extension FieldKeys {
  /// A list of [X, value] from X = 0 to 1.
  func compositionTable(
    _ key: String, within range: ClosedRange<Double>
  ) throws -> CompositionTable {
    let rows = try list(key, of: [String].self)
    guard rows.count > 1, rows.allSatisfy({ $0.count == 2 }) else {
      throw problem(key, "expected at least 2 points [X, value]")
    }
    var points: [[Double]] = []
    for row in rows {
      do { points.append(try row.map { try Quantity.parse($0, as: .ratio) }) } catch {
        throw problem(key, "found \(error)")
      }
    }
    do throws(EnergyProblem) {
      return try CompositionTable(
        composition: points.map { $0[0] }, values: points.map { $0[1] }, within: range)
    } catch { throw problem(key, error.reason) }
  }
}

extension CompositionTable {
  /// As a list of points.
  var flow: String {
    "[\(zip(composition, values).map { "[\($0), \($1)]" }.joined(separator: ", "))]"
  }
}

extension CaseForm where Value == StiffnessKind {
  static var stiffness: CaseForm {
    CaseForm(
      words: "",
      read: { keys, key in
        guard let name = try? keys.text(key) else {
          return .between(.tabulated(try keys.compositionTable(key, within: 0...1)))
        }
        switch name {
        case "constant": return .constant
        case "linear": return .between(.linear)
        case "smooth": return .between(.smooth)
        default:
          throw keys.problem(
            key, "found \"\(name)\", expected constant, linear, smooth or a list of [X, h]")
        }
      },
      text: { kind in
        switch kind {
        case .constant: "constant"
        case .between(.linear): "linear"
        case .between(.smooth): "smooth"
        case .between(.tabulated(let table)): table.flow
        }
      })
  }
}

extension CaseForm where Value == CompositionTable {
  /// Factors above zero.
  static var factors: CaseForm {
    CaseForm(
      words: "", read: { try $0.compositionTable($1, within: 1e-6...1e6) }, text: { $0.flow })
  }
}
