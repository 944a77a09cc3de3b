// SPDX-License-Identifier: Apache-2.0

extension Communicator {
  /// The lower median of each list over all ranks.
  ///
  /// Collective.
  ///
  /// The numbers must be ≥ 0: their bit patterns are then ordered as they are, so that a search
  /// over 63 bits, eight at a time, finds the median exactly without gathering the lists on a rank.
  ///
  /// - Returns: NaN for an empty list.
  /// - Throws: ``ParallelError`` of MPI.
  public func medians(of lists: [[Double]]) throws(ParallelError) -> [Double] {
    let parts: UInt64 = 256
    var counts = lists.map(\.count)
    try reduce(&counts, .sum)
    let patterns = lists.map { $0.map(\.bitPattern).sorted() }
    var low = [UInt64](repeating: 0, count: lists.count)
    var high = [UInt64](repeating: Double.infinity.bitPattern, count: lists.count)
    while zip(low, high).contains(where: { $0 < $1 }) {
      // The last number of each of 256 equal parts of what is left.
      let ends = zip(low, high).map { low, high in
        let step = (high - low) / parts + 1
        return (1...parts).map { min(low + $0 * step - 1, high) }
      }
      var below = lists.indices.flatMap { list in
        ends[list].map { end in patterns[list].partitioningIndex { $0 > end } }
      }
      try reduce(&below, .sum)
      for list in lists.indices where low[list] < high[list] {
        let counted = below[list * ends[list].count..<(list + 1) * ends[list].count]
        // At `high` at least half are counted.
        let part = counted.firstIndex { 2 * $0 >= counts[list] } ?? counted.endIndex - 1
        let place = part - counted.startIndex
        if place > 0 { low[list] = ends[list][place - 1] + 1 }
        high[list] = ends[list][place]
      }
    }
    return lists.indices.map { counts[$0] > 0 ? Double(bitPattern: low[$0]) : .nan }
  }
}

extension Array {
  /// The first index of a partitioned list at which `belongs` holds.
  fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
