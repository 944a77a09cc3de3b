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
    public let type: InputFile.ElementType
    /// Its attribute `units`, where there is one.
    public let unit: String?
    /// Smallest, mean and largest finite value, inside the mask where there is one; nil where
    /// there are none.
    public let range: (minimum: Double, mean: Double, maximum: Double)?
    /// Values without data, inside the mask where there is one.
    public let masked: Int
    /// Values that were looked at: all, or those inside the mask.
    public let count: Int
  }

  /// All datasets, sorted by path.
  public let entries: [Entry]
  /// All groups, sorted by path.
  public let groups: [String]

  /// Reads every dataset of numbers once, each rank a block of its first dimension.
  ///
  /// Collective.
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
    guard type.isNumber else {
      return Entry(
        path: path, shape: shape, type: type, unit: unit, range: nil, masked: 0,
        count: shape.reduce(1, *))
    }
    let values = try block(of: path, shape, file)
    var inside: [Double]?
    if let mask = try mask(for: path, shape, tree, file) {
      inside = try block(of: mask, shape, file)
    }
    var sums = [0.0, 0.0, 0.0]
    var low = Double.infinity
    var high = -Double.infinity
    for (index, value) in values.enumerated() where (inside?[index] ?? 1) >= 0.5 {
      sums[0] += 1
      guard value.isFinite else { continue }
      sums[1] += 1
      sums[2] += value
      low = min(low, value)
      high = max(high, value)
    }
    try file.communicator.reduce(&sums, .sum)
    low = try file.communicator.minimum(low)
    high = try file.communicator.maximum(high)
    return Entry(
      path: path, shape: shape, type: type, unit: unit,
      range: sums[1] > 0 ? (low, sums[2] / sums[1], high) : nil, masked: Int(sums[0] - sums[1]),
      count: Int(sums[0]))
  }

  /// This rank's share of a dataset; a scalar is the first rank's.
  private static func block(
    of path: String, _ shape: [Int], _ file: borrowing InputFile
  ) throws(ParallelError) -> [Double] {
    guard let first = shape.first else {
      let value = try file.numbers(path)
      return file.communicator.isFirst ? value : []
    }
    let rows = RowBlock.rows(of: first, on: file.communicator)
    return try file.numbers(path, window: Window([rows] + shape.dropFirst().map { 0..<$0 }))
  }

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
