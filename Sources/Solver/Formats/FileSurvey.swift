// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// What an HDF5 file holds: its datasets with types, units and ranges.
public struct FileSurvey: Sendable {
  /// A dataset.
  public struct Entry: Sendable {
    /// Its path.
    public let path: String
    /// Its sizes, slowest first.
    public let shape: [Int]
    /// Its element type.
    public let type: ElementType
    /// Its attribute `units`, where there is one.
    public let unit: String?
    /// Smallest, mean and largest finite value, inside the mask where there is one; nil where
    /// there are none.
    public let range: (minimum: Double, mean: Double, maximum: Double)?
    /// Values without data, inside the mask where there is one.
    public let masked: Int
    /// Values that were looked at: all, or those inside the mask.
    public let count: Int
    /// Why its numbers cannot be read; nil where they can.
    public let obstacle: String?
  }

  /// All datasets, sorted by path.
  public let entries: [Entry]
  /// All groups, sorted by path.
  public let groups: [String]

  /// Reads every dataset of numbers once, each rank a block of its first dimension.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  public init(_ file: borrowing InputFile) throws(ParallelError) {
    let tree = try FileTree(file)
    var entries: [Entry] = []
    for path in tree.datasets {
      entries.append(try FileSurvey.entry(path, tree, file))
    }
    self.entries = entries
    groups = tree.groups
  }

  private static func entry(
    _ path: String, _ tree: FileTree, _ file: borrowing InputFile
  ) throws(ParallelError) -> Entry {
    let shape = try file.shape(of: path)
    let type = try file.elementType(of: path)
    let unit = try file.attribute("units", of: path)?.text
    func unread(_ obstacle: String?) -> Entry {
      Entry(
        path: path, shape: shape, type: type, unit: unit, range: nil, masked: 0,
        count: 0, obstacle: obstacle)
    }
    guard type.isNumber else { return unread(nil) }
    var sums = [0.0, 0.0, 0.0]
    var low = Double.infinity
    var high = -Double.infinity
    do throws(ParallelError) {
      let mask = try mask(for: path, shape, tree, file)
      for window in try windows(shape, file) {
        let values = try file.declaredNumbers(path, window: window)
        var inside: [Double]?
        if let mask { inside = try file.numbers(mask, window: window) }
        guard !shape.isEmpty || file.communicator.isFirst else { continue }
        for (index, value) in values.enumerated() where (inside?[index] ?? 1) >= 0.5 {
          sums[0] += 1
          guard value.isFinite else { continue }
          sums[1] += 1
          sums[2] += value
          low = min(low, value)
          high = max(high, value)
        }
      }
    } catch {
      guard error.kind == .input else { throw error }
      return unread(error.message.replacing("\(file.path): dataset \(path): ", with: ""))
    }
    try file.communicator.reduce(&sums, .sum)
    low = try file.communicator.minimum(low)
    high = try file.communicator.maximum(high)
    return Entry(
      path: path, shape: shape, type: type, unit: unit,
      range: sums[1] > 0 ? (low, sums[2] / sums[1], high) : nil, masked: Int(sums[0] - sums[1]),
      count: Int(sums[0]), obstacle: nil)
  }

  /// This rank's share of a dataset in pieces of some megabytes, as many on every rank.
  private static func windows(
    _ shape: [Int], _ file: borrowing InputFile
  ) throws(ParallelError) -> [Window] {
    guard let first = shape.first else { return [Window([])] }
    let row = shape.dropFirst().reduce(1.0) { $0 * Double($1) }
    guard row * Double(first) <= mostNumbers else {
      throw ParallelError(.input, "holds more than \(Int(mostNumbers)) numbers: not surveyed")
    }
    let rows = RowBlock.rows(of: first, on: file.communicator)
    let step = max(1, Int(1_048_576 / max(1, row)))
    let pieces = (first / file.communicator.size + 1 + step - 1) / step
    return (0..<pieces).map { piece in
      let start = min(rows.upperBound, rows.lowerBound + piece * step)
      let part = start..<min(rows.upperBound, start + step)
      return Window([part] + shape.dropFirst().map { 0..<$0 })
    }
  }

  /// Beyond this a look at every number is no survey.
  private static let mostNumbers = 1e10

  /// The mask of an image: beside it, or in a group above it.
  private static func mask(
    for path: String, _ shape: [Int], _ tree: FileTree, _ file: borrowing InputFile
  ) throws(ParallelError) -> String? {
    guard shape.count == 2, FileTree.leaf(path) != "mask" else { return nil }
    var group = FileTree.parent(path)
    while !group.isEmpty {
      let mask = group + "/mask"
      if tree.hasDataset(mask), try file.shape(of: mask) == shape { return mask }
      group = FileTree.parent(group)
    }
    return nil
  }
}
