// SPDX-License-Identifier: Apache-2.0

/// The declaration of one of Vegard's HDF5 formats: every group, dataset and attribute, once.
///
/// `docs/formats.md` is generated from it (``FileFormat/markdown``) and files are held against it
/// (``FileFormat/differences(in:as:)``).
public struct FileFormat: Sendable {
  /// The value of the root attribute `format`.
  public let name: String
  /// The version that is written.
  public let version: Int
  /// What the file holds, in a sentence.
  public let summary: String
  /// Whether every array of numbers is an HDF5 dimension scale or has some as its axes.
  public let hasScales: Bool
  /// The root group.
  public let root: Group

  package init(name: String, version: Int, summary: String, hasScales: Bool = false, root: Group) {
    self.name = name
    self.version = version
    self.summary = summary
    self.hasScales = hasScales
    self.root = root
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

  /// Whether a file of this version is read.
  package func reads(_ found: Double) -> Bool {
    found == Double(version) || (version > 1 && found == Double(version - 1))
  }

  /// What an attribute holds.
  public enum Content: Sendable {
    /// A text, of the given value where one is given.
    case text(String? = nil)
    /// Several texts, of the given values where some are given.
    case texts([String]? = nil)
    /// As many numbers as said, with their unit.
    case numbers(Int = 1, unit: String? = nil)
    /// Any number of numbers.
    case list(unit: String? = nil)
  }

  /// An attribute of a group or dataset.
  public struct Attribute: Sendable {
    let name: String
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

  /// The number type of a dataset as Vegard writes it.
  public enum Storage: String, Sendable {
    case double, float, byte, integer, text
    /// As the user chose.
    case real = "float or double"
  }

  /// A dataset, whose name may have a part that varies, as in `sigma_<channel>`.
  ///
  /// Sizes in `shape` are numbers or names; a name stands for the same number throughout a group
  /// and below it, and may have a factor ("2N"). A first size with a question mark ("nz?") is missing
  /// in a plane file.
  public struct Dataset: Sendable {
    package let name: String
    let shape: [String]
    let storage: Storage
    let unit: String?
    let presence: Presence
    let meaning: String
    let attributes: [Attribute]

    package init(
      _ name: String, _ shape: [String], as storage: Storage = .double, unit: String? = "1",
      _ presence: Presence, _ meaning: String, attributes: [Attribute] = []
    ) {
      self.name = name
      self.shape = shape
      self.storage = storage
      self.unit = unit
      self.presence = presence
      self.meaning = meaning
      self.attributes = attributes
    }
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
