// SPDX-License-Identifier: Apache-2.0

/// The valid name that a mistyped one most probably meant.
///
/// The distance counts insertions, deletions, substitutions and swaps of neighbours, the four slips
/// of a typing hand; case does not count. Of equally near names the one that differs by separators
/// only (`kappab` and `kappa_b`) wins, then the first, so list the usual one first.
///
/// - Parameters:
///   - name: what was written.
///   - candidates: the names that would have been valid.
/// - Returns: the nearest candidate, or nil where more than a third of the letters (and more than
///   one) would have to change: a far-fetched suggestion misleads more than none.
public func nearestName(to name: String, among candidates: [String]) -> String? {
  let written = Array(name.lowercased().unicodeScalars)
  var best: String?
  var bestDistance = (Int.max, Int.max)
  for candidate in candidates {
    let valid = Array(candidate.lowercased().unicodeScalars)
    let distance = editDistance(written, valid)
    let limit = max(1, max(written.count, valid.count) / 3)
    // A distance of the whole length means that no letter was kept.
    guard distance <= limit, distance == 0 || distance < valid.count else { continue }
    let ranking = (distance, editDistance(letters(written), letters(valid)))
    if ranking < bestDistance {
      bestDistance = ranking
      best = candidate
    }
  }
  return best
}

/// A word without its separators.
private func letters(_ word: [Unicode.Scalar]) -> [Unicode.Scalar] {
  word.filter { $0 != "_" && $0 != "-" && $0 != " " }
}

/// The number of single-letter slips between two words (optimal string alignment).
private func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
  // Three rows suffice: a swap of neighbours looks back two letters.
  var beforeLast = [Int](repeating: 0, count: second.count + 1)
  var last = Array(0...second.count)
  for row in 0..<first.count {
    var current = [Int](repeating: row + 1, count: second.count + 1)
    for column in 0..<second.count {
      let substitution = last[column] + (first[row] == second[column] ? 0 : 1)
      current[column + 1] = min(substitution, last[column + 1] + 1, current[column] + 1)
      let swapped =
        row > 0 && column > 0 && first[row] == second[column - 1]
        && first[row - 1] == second[column]
      if swapped {
        current[column + 1] = min(current[column + 1], beforeLast[column - 1] + 1)
      }
    }
    beforeLast = last
    last = current
  }
  return last[second.count]
}
