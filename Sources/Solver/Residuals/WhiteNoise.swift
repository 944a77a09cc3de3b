public import Parallel
public import Physics

/// How large the noise of a strain image is.
public enum WhiteNoise {
  /// The standard deviation of each component, estimated from the image itself.
  ///
  /// Collective.
  ///
  /// The median of |D|/(6 · 0.6745), with D the mixed fourth difference (1 −2 1)ᵀ(1 −2 1) over
  /// 3 × 3 pixels: smooth strain drops out of D, hot spots and interfaces in fewer than half of the
  /// pixels hardly move the median, and for normal noise that is independent from pixel to pixel
  /// the estimate is unbiased. Noise that is correlated between neighbours is underestimated.
  ///
  /// The answer does not depend on the number of ranks; NaN without any stencil.
  public static func deviation(
    of strain: StrainImage, at stencil: CompatibilityStencil, communicator: Communicator
  ) throws(ParallelError) -> SymmetricTensor2 {
    let medians = try medians(
      of: [strain.aa, strain.cc, strain.ac].map { field in
        stencil.fourthDifference(of: field).map { abs($0) }
      }, communicator)
    // Half of a normal distribution lies within 0.67449 standard deviations.
    let scale = 1 / (6 * 0.674_489_750_196_081_7)
    return SymmetricTensor2(
      aa: scale * medians[0], cc: scale * medians[1], ac: scale * medians[2])
  }

  /// The lower median of each list over all ranks.
  ///
  /// Collective.
  ///
  /// The numbers must be ≥ 0: their bit patterns are then ordered as they are, so that a search
  /// over 63 bits, eight at a time, finds the median exactly without gathering the lists on a rank.
  static func medians(
    of lists: [[Double]], _ communicator: Communicator
  ) throws(ParallelError) -> [Double] {
    let parts: UInt64 = 256
    var counts = lists.map(\.count)
    try communicator.reduce(&counts, .sum)
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
      try communicator.reduce(&below, .sum)
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
