// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics

/// The phases of a powder: one crystal, or a list of them.
struct DiffractCrystals: Decodable {
  let crystals: [Crystal]

  init(_ crystals: [Crystal]) { self.crystals = crystals }

  /// Whether all are bundled ones, whose slip systems are known.
  var isBundled: Bool { crystals.allSatisfy(Crystal.bundled.contains) }

  init(from decoder: any Decoder) throws {
    if let list = try? decoder.unkeyedContainer(), (list.count ?? 0) > 0 {
      crystals = try decoder.singleValueContainer().decode([CrystalCase].self).map(\.crystal)
    } else {
      crystals = [try CrystalCase(from: decoder).crystal]
    }
  }
}

/// The slip systems: `labelled` for the paper's 15, `olivine` for its 26, labels of these, `none`,
/// or indices.
struct DiffractSystems: Decodable {
  let systems: [SlipSystem]

  init(_ systems: [SlipSystem]) { self.systems = systems }

  init(isBundled: Bool) { systems = isBundled ? SlipSystem.labelledCandidates : [] }

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      switch name {
      case "labelled": systems = SlipSystem.labelledCandidates
      case "olivine": systems = SlipSystem.olivineCandidates
      case "none": systems = []
      default:
        throw CaseError(
          decoder.codingPath,
          "found \"\(name)\", expected labelled, olivine, none, or a list of systems")
      }
      return
    }
    systems = try decoder.singleValueContainer().decode([DiffractSystem].self).map(\.system)
    let labels = systems.map(\.label)
    if let twice = labels.first(where: { label in labels.filter { $0 == label }.count > 1 }) {
      throw CaseError(decoder.codingPath, "found the label \"\(twice)\" twice")
    }
  }
}

/// A slip system by a label of Table S3, or by label, burgers, line and plane.
private struct DiffractSystem: Decodable {
  let system: SlipSystem

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      let known = SlipSystem.olivineCandidates
      guard let found = known.first(where: { $0.label == name }) else {
        let nearest = nearestName(to: name, among: known.map(\.label))
        throw CaseError(
          decoder.codingPath,
          "found the system \"\(name)\", expected a label of Table S3 such as D, or label, burgers, "
            + "line and plane" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
      }
      system = found
      return
    }
    system = try SystemKeys(from: decoder).system
  }
}

/// The keys of a slip system that is in no table.
struct SystemKeys: CaseMapping {
  private(set) var system = SlipSystem(burgers: SIMD3(), line: SIMD3())

  static var fields: [CaseField<SystemKeys>] {
    [.init("label", required: \.system.label, .text, "by which outputs call it")]
      + CaseField.indices.map { $0.of(\SystemKeys.system) }
  }

  init() {}

  /// The keys that say a system again.
  init(_ system: SlipSystem) { self.system = system }
}
