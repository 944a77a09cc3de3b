// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// How a dataset differs between two files.
public struct DatasetDifference: Sendable {
  /// What may differ.
  public struct Tolerance: Sendable {
    /// Of the root mean square of the first file's numbers.
    public var relative: Double
    /// In the dataset's unit.
    public var absolute: Double

    /// Tolerances that are added.
    public init(relative: Double, absolute: Double) {
      self.relative = relative
      self.absolute = absolute
    }
  }

  /// Its path in the first file.
  public let path: String
  /// Its unit.
  public let unit: String?
  /// Numbers that both have.
  public private(set) var count = 0
  /// Numbers that one has and the other lacks.
  public private(set) var unmatched = 0
  /// The largest |A − B|.
  public private(set) var largest = 0.0
  /// The root mean square of A − B.
  public private(set) var rms = 0.0
  /// The root mean square of A.
  public private(set) var norm = 0.0
  /// Why the two cannot be subtracted; nil where they can.
  public private(set) var obstacle: String?

  /// A − B over the norm of A; 0 where both vanish.
  public var relative: Double { rms > 0 ? rms / norm : 0 }

  /// Whether the difference is one of rounding: numbers that only one has are more than that.
  public func isWithin(_ tolerance: Tolerance) -> Bool {
    obstacle == nil && unmatched == 0 && rms <= tolerance.absolute + tolerance.relative * norm
  }

  private init(_ path: String, _ unit: String?) { (self.path, self.unit) = (path, unit) }

  /// Numbers that cannot be subtracted.
  package init(_ path: String, obstacle: String) {
    self.init(path, nil)
    self.obstacle = obstacle
  }

  /// The difference of lists that all ranks hold.
  package init(_ path: String, unit: String?, _ first: [Double], _ second: [Double]) {
    self.init(path, unit)
    var sums = Sums()
    sums.add(first, second)
    take(sums)
  }

  /// The difference of two datasets, each rank a block of the first dimension.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - path: the dataset of `first`.
  ///   - first: a file.
  ///   - other: the dataset of `second`.
  ///   - second: another file.
  ///   - places: where the numbers of `first` lie among those of `second`, a list for each dimension;
  ///     nil where both have the same points. A place whose neighbours are not all there is left out.
  ///   - masks: of `first` and `second`, datasets of the same shapes that are above 0 where there are
  ///     numbers.
  /// - Throws: ``ParallelError`` of kind `input` when they cannot be read.
  package init(
    _ path: String, of first: borrowing InputFile, _ other: String,
    of second: borrowing InputFile, places: [[Double]]? = nil,
    masks: (String, String)? = nil
  ) throws(ParallelError) {
    self.init(path, try first.attribute("units", of: path)?.text)
    let shape = try first.shape(of: path)
    let found = try second.shape(of: other)
    guard places != nil || shape == found else {
      obstacle = "shapes \(shape) and \(found)"
      return
    }
    var sums = Sums()
    let all = shape.isEmpty ? [1] : shape
    let block = RowBlock.rows(of: all[0], on: first.communicator)
    let step = max(1, Int(1_048_576 / max(1, all.dropFirst().reduce(1.0) { $0 * Double($1) })))
    let pieces = (all[0] / first.communicator.size + 1 + step - 1) / step
    for piece in 0..<pieces {
      let start = min(block.upperBound, block.lowerBound + piece * step)
      let rows = start..<min(block.upperBound, start + step)
      let window = shape.isEmpty ? nil : Window([rows] + shape.dropFirst().map { 0..<$0 })
      var one = try first.numbers(path, window: window)
      if let mask = masks?.0 {
        for (index, share) in try first.numbers(mask, window: window).enumerated()
        where !(share > 0) { one[index] = .nan }
      }
      let two =
        if let places {
          try second.numbers(
            other, at: [Array(places[0][rows])] + places.dropFirst(), inside: masks?.1)
        } else {
          try second.numbers(other, window: window)
        }
      if !shape.isEmpty || first.communicator.isFirst {
        sums.add(one, two, isSampled: places != nil)
      }
    }
    try sums.reduce(first.communicator)
    take(sums)
  }

  private mutating func take(_ sums: Sums) {
    (count, unmatched) = (Int(sums.added[0]), Int(sums.added[3]))
    largest = sums.largest
    let share = 1 / max(1, sums.added[0])
    (rms, norm) = ((sums.added[1] * share).squareRoot(), (sums.added[2] * share).squareRoot())
  }

  private struct Sums {
    /// Numbers of both, (A − B)², A², numbers of one.
    var added = [0.0, 0, 0, 0]
    var largest = 0.0

    mutating func add(_ first: [Double], _ second: [Double], isSampled: Bool = false) {
      for (a, b) in zip(first, second) {
        // Two that are missing agree, as do infinities.
        if a.isNaN && b.isNaN { continue }
        guard !a.isNaN, !b.isNaN else {
          if !isSampled { added[3] += 1 }
          continue
        }
        let change = a < b || a > b ? a - b : 0
        added[0] += 1
        added[1] += change * change
        added[2] += a * a
        largest = max(largest, abs(change))
      }
    }

    mutating func reduce(_ communicator: Communicator) throws(ParallelError) {
      try communicator.reduce(&added, .sum)
      largest = try communicator.maximum(largest)
    }
  }
}

/// Two files of one format, dataset by dataset.
public struct FileComparison: Sendable {
  /// The differences, by path.
  public package(set) var datasets: [DatasetDifference] = []
  /// Declared datasets of numbers that only the first file has.
  public package(set) var onlyFirst: [String] = []
  /// Those that only the second has.
  public package(set) var onlySecond: [String] = []
  /// Whether the second file was interpolated.
  public package(set) var isInterpolated = false
  /// The time of the compared steps of runs in s.
  public package(set) var times: [Double] = []

  package init() {}

  /// Compares all declared datasets of numbers at their points.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - first: a file.
  ///   - second: another of the same format.
  ///   - format: theirs.
  ///   - isWanted: whether the dataset at a path is compared.
  /// - Throws: ``ParallelError`` of kind `input` when one cannot be read.
  public init(
    _ first: borrowing InputFile, _ second: borrowing InputFile, _ format: FileFormat,
    isWanted: (String) -> Bool
  ) throws(ParallelError) {
    let one = try FileComparison.datasets(of: first, format).filter(isWanted)
    let two = try FileComparison.datasets(of: second, format).filter(isWanted)
    (onlyFirst, onlySecond) = (one.filter { !two.contains($0) }, two.filter { !one.contains($0) })
    for path in one where two.contains(path) {
      datasets.append(try DatasetDifference(path, of: first, path, of: second))
    }
  }

  /// The declared datasets of numbers in a file, sorted by path.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  package static func datasets(
    of file: borrowing InputFile, _ format: FileFormat
  ) throws(ParallelError) -> [String] {
    var found: [String] = []
    for path in try FileTree(file).datasets where format.declaresNumbers(at: path) {
      if try file.elementType(of: path).isNumber { found.append(path) }
    }
    return found
  }
}

extension FileFormat {
  /// Whether a dataset at this path is declared and holds numbers.
  package func declaresNumbers(at path: String) -> Bool {
    var parts = path.split(separator: "/").map(String.init)
    guard let leaf = parts.popLast() else { return false }
    var groups = [root]
    for part in parts {
      groups = groups.flatMap(\.groups).filter { FileFormat.matches(part, $0.name) }
    }
    return groups.flatMap(\.datasets).contains {
      FileFormat.matches(leaf, $0.name) && $0.types != [.text]
    }
  }
}
