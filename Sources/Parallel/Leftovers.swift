// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Files and directories of this process that must not outlive it: outputs that are not whole, and locks.
///
/// A signal's handler may remove them when it may do little else. The names lie in pages of their own:
/// a library that breaks down on damaged input may have spoilt the heap.
public enum Leftovers {
  private static let capacity = 1024
  private static let longest = 4096
  nonisolated(unsafe) private static let names: UnsafeMutablePointer<CChar>? = {
    let pages = mmap(
      nil, capacity * longest, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return pages == MAP_FAILED ? nil : pages?.assumingMemoryBound(to: CChar.self)
  }()

  /// Makes the memory, which a handler may not.
  static func prepare() { _ = names }

  /// Notes a file, or a directory before what lies in it; nil where there is no place left, and it stays.
  @discardableResult
  public static func add(_ path: String) -> Int? {
    guard let names, path.utf8.count < longest,
      let place = (0..<capacity).first(where: { names[$0 * longest] == 0 })
    else { return nil }
    strcpy(names + place * longest, path)
    return place
  }

  /// Forgets a file.
  static func remove(_ place: Int?) {
    guard let names, let place else { return }
    names[place * longest] = 0
  }

  /// Removes a file and forgets it.
  static func discard(_ place: Int?) {
    if let names, let place, names[place * longest] != 0 { unlink(names + place * longest) }
    remove(place)
  }

  /// Removes all.
  ///
  /// A handler may call it.
  static func unlinkAll() {
    guard let names else { return }
    for place in (0..<capacity).reversed() where names[place * longest] != 0 {
      if unlink(names + place * longest) != 0 { rmdir(names + place * longest) }
    }
  }
}
