// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What differs between two effective cases.
enum CaseDifference {
  /// The first key of which the values differ, with both; nil when the cases are equal.
  package static func text(stored: String, given: String) -> String? {
    guard stored != given else { return nil }
    func entries(_ text: String) -> [(key: String, value: String)] {
      text.split(separator: "\n").map { line in
        let parts = line.split(separator: ":", maxSplits: 1).map {
          String($0).trimmingCharacters(in: .whitespaces)
        }
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
      }
    }
    let (old, new) = (entries(stored), entries(given))
    for (key, value) in new {
      let other = old.first { $0.key == key }?.value
      if other != value {
        return "\(key): found \(value), the file has \(other ?? "no such key")"
      }
    }
    let gone = old.first { entry in !new.contains { $0.key == entry.key } }
    return gone.map { "\($0.key): not given, the file has \($0.value)" }
      ?? "keys in another order"
  }
}
