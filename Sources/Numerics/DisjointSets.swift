// SPDX-License-Identifier: Apache-2.0

/// Sets of numbers 0..<n that grow together: which of them hang together by pairs.
public struct DisjointSets: Sendable {
  private var parent: [Int32]

  /// Each number alone.
  public init(count: Int) { parent = (0..<Int32(count)).map(\.self) }

  /// The number by which a set is known.
  public mutating func root(_ member: Int) -> Int {
    var member = member
    while Int(parent[member]) != member {
      // Halving the path keeps it short for all that come later.
      parent[member] = parent[Int(parent[member])]
      member = Int(parent[member])
    }
    return member
  }

  /// Makes one set of those of two numbers, known by the smaller root.
  public mutating func join(_ one: Int, _ other: Int) {
    let (first, second) = (root(one), root(other))
    guard first != second else { return }
    parent[max(first, second)] = Int32(min(first, second))
  }
}
