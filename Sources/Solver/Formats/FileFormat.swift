// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// The declaration of one of Vegard's HDF5 formats: every group, dataset and attribute, once.
///
/// Files are written from it (`OutputFile.write(_:_:in:)`), read by its names and held against it
/// (``FileFormat/differences(in:as:)``); `docs/formats.md` is generated from it
/// (``FileFormat/markdown``).
public struct FileFormat: Sendable {
  /// The value of the root attribute `format`.
  public let name: String
  /// The version that is written.
  public let version: Int
  /// What the file holds, in a sentence.
  public let summary: String
  /// Whether every array of numbers is an HDF5 dimension scale or has some as its axes.
  public let hasScales: Bool
  /// The root group, the attributes `format` and `version` first.
  public let root: Group

  package init(name: String, version: Int, summary: String, hasScales: Bool = false, root: Group) {
    self.name = name
    self.version = version
    self.summary = summary
    self.hasScales = hasScales
    self.root = Group(
      root.name, root.presence, root.meaning,
      attributes: [
        Attribute("format", .text(name), .always, "names the format"), FileFormat.version(version),
      ] + root.attributes, datasets: root.datasets, groups: root.groups)
  }

  /// Whether a thing must be there.
  public enum Presence: String, Sendable {
    /// In every file, whoever wrote it.
    case always
    /// In every file that Vegard writes; readers do without.
    case written
    /// Where it applies.
    case optional
    /// In files of the version before, which are read; it is written no more.
    case former
  }

  /// The root attribute that tells the version.
  static func version(_ version: Int) -> Attribute {
    Attribute(
      "version", .numbers(as: .integer), .always, "\(version); a reader of version N reads N-1")
  }

  /// The versions that are read.
  package var read: ClosedRange<Int> { max(1, version - 1)...version }

  /// What an attribute holds.
  public enum Content: Sendable {
    /// A text, of the given value where one is given.
    case text(String? = nil)
    /// Several texts, of the given values where some are given.
    case texts([String]? = nil)
    /// As many numbers as said, whole ones as integers, with their unit.
    case numbers(Int = 1, as: ElementType = .double, unit: String? = nil)
    /// Any number of numbers.
    case list(unit: String? = nil)
  }

  /// An attribute of a group or dataset.
  public struct Attribute: Sendable {
    package let name: String
    let content: Content
    let presence: Presence
    let meaning: String

    package init(
      _ name: String, _ content: Content, _ presence: Presence, _ meaning: String
    ) {
      self.name = name
      self.content = content
      self.presence = presence
      self.meaning = meaning
    }
  }

  /// A dataset, whose name may have a part that varies, as in `sigma_<channel>`.
  ///
  /// Sizes in `shape` are numbers or names; a name stands for the same number throughout a group
  /// and below it, and may have a factor ("2N"). A first size with a question mark ("nz?") is missing
  /// in a plane file.
  public struct Dataset: Sendable {
    package let name: String
    let shape: [String]
    /// What Vegard writes it as; of several as the user chose.
    let types: [ElementType]
    package let unit: String?
    /// What it is called in pictures, ours and those of NeXus viewers; the attribute `long_name`.
    ///
    /// A last word of one letter, with or without an index, is a symbol: "Strain ε_aa".
    package let longName: String?
    package let presence: Presence
    package let meaning: String
    let attributes: [Attribute]

    package init(
      _ name: String, _ shape: [String], as type: ElementType = .double,
      or other: ElementType? = nil, unit: String? = "1", called longName: String? = nil,
      _ presence: Presence, _ meaning: String, attributes: [Attribute] = []
    ) {
      self.name = name
      self.shape = shape
      types = [type] + (other.map { [$0] } ?? [])
      self.unit = unit
      self.longName = longName
      self.presence = presence
      self.meaning = meaning
      self.attributes = attributes
    }

    /// Its types in words.
    var typeNames: String { types.map(\.rawValue).joined(separator: " or ") }
  }

  /// A group, whose name may be anything, as in `<particle>`.
  public struct Group: Sendable {
    package let name: String
    package let presence: Presence
    package let meaning: String
    let attributes: [Attribute]
    package let datasets: [Dataset]
    let groups: [Group]

    package init(
      _ name: String, _ presence: Presence, _ meaning: String,
      attributes: [Attribute] = [], datasets: [Dataset] = [], groups: [Group] = []
    ) {
      self.name = name
      self.presence = presence
      self.meaning = meaning
      self.attributes = attributes
      self.datasets = datasets
      self.groups = groups
    }
  }

  /// Whether `name` is what `pattern` declares, where `<…>` stands for one or more letters.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    guard let open = pattern.firstIndex(of: "<"), let close = pattern.lastIndex(of: ">") else {
      return name == pattern
    }
    let prefix = pattern[..<open]
    let suffix = pattern[pattern.index(after: close)...]
    return name.count > prefix.count + suffix.count && name.hasPrefix(prefix)
      && name.hasSuffix(suffix)
  }
}
