import Foundation

/// Files of this process that must not outlive it: outputs that are not whole, and locks.
///
/// A signal's handler may remove them when it may do little else: the names lie in memory of C.
enum Leftovers {
  private static let capacity = 16
  nonisolated(unsafe) private static let names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> =
    {
      let names = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: capacity)
      names.initialize(repeating: nil, count: capacity)
      return names
    }()

  /// Makes the memory, which a handler may not.
  static func prepare() { _ = names }

  /// Notes a file; nil where there is no place left, and it stays.
  static func add(_ path: String) -> Int? {
    guard let place = (0..<capacity).first(where: { names[$0] == nil }) else { return nil }
    names[place] = strdup(path)
    return place
  }

  /// Forgets a file.
  static func remove(_ place: Int?) {
    guard let place, let name = names[place] else { return }
    names[place] = nil
    free(name)
  }

  /// Removes all.
  ///
  /// A handler may call it.
  static func unlinkAll() {
    for place in 0..<capacity {
      if let name = names[place] { unlink(name) }
    }
  }
}
