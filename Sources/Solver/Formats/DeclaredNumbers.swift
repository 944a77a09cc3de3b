// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// How the stored numbers of a dataset become values, as its attributes declare (those of netCDF):
/// `scale_factor`, `add_offset`, `_FillValue`, `missing_value`, `valid_min`, `valid_max` and
/// `valid_range`, the latter five in stored numbers.
struct Packing {
  private var factor = 1.0
  private var offset = 0.0
  private var missing: [Double] = []
  private var lowest = -Double.infinity
  private var highest = Double.infinity

  /// Reads what a dataset declares.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a declaration that is no number.
  init(of dataset: String, in file: borrowing InputFile) throws(ParallelError) {
    func numbers(_ name: String, _ count: Int?) throws(ParallelError) -> [Double]? {
      guard let found = try file.attribute(name, of: dataset) else { return nil }
      guard let list = found.list, count.map({ list.count == $0 }) ?? !list.isEmpty else {
        throw ParallelError(
          .input,
          "\(file.path): dataset \(dataset): attribute \(name) is "
            + (found.list.map { "\($0.count) numbers" } ?? found.kind)
            + ", expected \(count.map { $0 == 1 ? "one number" : "\($0) numbers" } ?? "numbers")")
      }
      return list
    }
    if let found = try numbers("scale_factor", 1) { factor = found[0] }
    if let found = try numbers("add_offset", 1) { offset = found[0] }
    guard factor.isFinite, factor != 0, offset.isFinite else {
      throw ParallelError(
        .input,
        "\(file.path): dataset \(dataset): found scale_factor \(factor) and add_offset "
          + "\(offset), expected finite numbers and no factor of zero")
    }
    missing = try numbers("_FillValue", nil) ?? []
    missing += try numbers("missing_value", nil) ?? []
    if let range = try numbers("valid_range", 2) { (lowest, highest) = (range[0], range[1]) }
    if let found = try numbers("valid_min", 1) { lowest = found[0] }
    if let found = try numbers("valid_max", 1) { highest = found[0] }
  }

  /// Whether stored numbers are values as they are.
  private var isPlain: Bool {
    factor == 1 && offset == 0 && missing.isEmpty && lowest == -.infinity && highest == .infinity
  }

  /// The values of stored numbers; NaN where there is none.
  func values(of stored: [Double]) -> [Double] {
    if isPlain { return stored }
    return stored.map { number in
      let isData = number >= lowest && number <= highest && !missing.contains(number)
      return isData ? number * factor + offset : .nan
    }
  }
}

extension InputFile {
  /// The values in a window of a dataset, or all of them: stored numbers as the dataset's
  /// attributes say they are to be taken.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  package func declaredNumbers(
    _ dataset: String, window: Window? = nil
  ) throws(ParallelError) -> [Double] {
    let stored = try numbers(dataset, window: window)
    return try Packing(of: dataset, in: self).values(of: stored)
  }
}
