// SPDX-License-Identifier: Apache-2.0

package import Parallel

/// What every reader of a format asks first.
extension FileFormat {
  /// Refuses a file of another format.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - advice: ends the message.
  /// - Throws: ``ParallelError`` of kind `input`.
  package func checkName(
    of file: borrowing InputFile, advice: String
  ) throws(ParallelError) {
    let found = try file.attribute("format")
    guard found?.text == name else {
      let text = found?.text.map { "'\($0)'" } ?? found?.kind ?? "missing"
      throw ParallelError(
        .input, "\(file.path): attribute format is \(text), expected '\(name)': \(advice)")
    }
  }

  /// Refuses a file that a newer program wrote, one too old, or one without a version.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - versions: those that will do; nil stands for all that are read.
  ///   - advice: ends the message.
  /// - Throws: ``ParallelError`` of kind `input`.
  package func checkVersion(
    of file: borrowing InputFile, in versions: ClosedRange<Int>? = nil, advice: String? = nil
  ) throws(ParallelError) {
    let versions = versions ?? read
    let found = try file.attribute("version")
    guard let number = found?.wholeNumber, versions.contains(number) else {
      let expected =
        versions.count == 1
        ? "\(versions.lowerBound)" : "\(versions.lowerBound) to \(versions.upperBound)"
      let isNewer = (found?.number ?? 0) > Double(versions.upperBound)
      throw ParallelError(
        .input,
        "\(file.path): attribute version is \(found?.shown ?? "missing"), expected \(expected)"
          + (advice.map { ": \($0)" } ?? (isNewer ? ": the file is newer than this program" : "")))
    }
  }
}

extension InputFile {
  /// A declared attribute of an object; nil where it is missing.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read it, on every rank.
  package func attribute(
    _ attribute: FileFormat.Attribute, of object: String = "/"
  ) throws(ParallelError) -> AttributeValue? {
    try self.attribute(attribute.name, of: object)
  }
}
