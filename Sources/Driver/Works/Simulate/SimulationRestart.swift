// SPDX-License-Identifier: Apache-2.0

import Parallel
import Yams

extension SimulationCase {
  /// Refuses a checkpoint of other physics, naming the first key that differs.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input`.
  static func checkRestart(
    _ path: String, physics: String, _ communicator: Communicator
  ) throws(ParallelError) {
    let file = try InputFile(path, communicator: communicator)
    // What is no checkpoint is refused where it is read.
    guard try file.attribute("version")?.wholeNumber != nil,
      let stored = try file.attribute("case")?.text, stored != physics
    else { return }
    guard let difference = difference(checkpoint: stored, now: physics) else {
      throw ParallelError(.input, "\(path): the checkpoint's case cannot be read")
    }
    throw ParallelError(
      .input,
      "\(path): \(difference); a restart may change only until, spread, tolerance, the steps and "
        + "the output")
  }

  /// The first key that differs, with both values; nil where the texts mean the same or are no YAML.
  static func difference(checkpoint: String, now: String) -> String? {
    guard let old = leaves(checkpoint), let new = leaves(now) else { return nil }
    for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
      return "the key \(key) is \(old[key] ?? "missing") in the checkpoint and "
        + "\(new[key] ?? "missing") in the case"
    }
    return nil
  }

  /// Every value of a YAML text under its path.
  private static func leaves(_ text: String) -> [String: String]? {
    guard let root = try? Yams.compose(yaml: text) else { return nil }
    var found: [String: String] = [:]
    func visit(_ node: Node, _ path: String) {
      switch node {
      case .scalar(let scalar): found[path] = scalar.string
      case .mapping(let pairs):
        for (key, value) in pairs {
          visit(value, path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")")
        }
      case .sequence(let items):
        for (index, item) in items.enumerated() { visit(item, "\(path)[\(index + 1)]") }
      case .alias: break
      }
    }
    visit(root, "")
    return found
  }
}
