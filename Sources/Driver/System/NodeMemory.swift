// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Parallel

/// The memory of the nodes that a run is on.
enum NodeMemory {
  /// Reads an amount of memory, such as "16 GiB" or "500 MB", in bytes; nil where it is none.
  static func bytes(_ text: String) -> Double? {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).filter { !$0.isWhitespace }
    let sizes = [
      "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40, "kB": 1e3, "MB": 1e6, "GB": 1e9,
      "TB": 1e12,
    ]
    guard let number = Double(digits), number > 0, let size = sizes[unit] else { return nil }
    return number * size
  }

  /// Refuses an option that is no amount of memory.
  static func validate(_ option: String?) throws {
    guard let option, bytes(option) == nil else { return }
    throw ValidationError(
      "--memory: found \"\(option)\", expected an amount such as \"16 GiB\" or \"500 MB\"")
  }

  /// An amount of memory for a reader.
  static func text(_ bytes: Double) -> String {
    let (size, unit) = bytes < 0x1p30 ? (0x1p20, "MiB") : (0x1p30, "GiB")
    return "\(formatted(bytes / size, significant: 3)) \(unit)"
  }

  /// What this node can give, in bytes: the kernel's estimate, or the control group's if it is less.
  static var available: Double? {
    var found: [Double] = []
    if let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) {
      for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
        let digits = line.filter(\.isNumber)
        if let kibibytes = Double(digits) { found.append(kibibytes * 0x1p10) }
      }
    }
    func number(_ name: String) -> Double? {
      (try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8))
        .flatMap { Double($0.filter(\.isNumber)) }
    }
    if let limit = number("memory.max"), let used = number("memory.current") {
      // Cached files give way.
      let statistics = (try? String(contentsOfFile: "/sys/fs/cgroup/memory.stat", encoding: .utf8))
      let cached = statistics?.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
      found.append(limit - used + (Double(cached?.filter(\.isNumber) ?? "") ?? 0))
    }
    return found.min()
  }

  /// The ranks on the node of this rank, from a table of host names.
  ///
  /// Collective. Two hosts that share an entry of the table count as one, on the safe side.
  static func ranksHere(_ communicator: Communicator) throws(ParallelError) -> Int {
    var table = [Int](repeating: 0, count: 4096)
    var hash: UInt64 = 14_695_981_039_346_656_037
    let host = (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)) ?? ""
    for byte in host.utf8 {
      hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
    }
    let mine = Int(hash % 4096)
    table[mine] = 1
    try communicator.reduce(&table, .sum)
    return table[mine]
  }

  /// Refuses a run whose ranks on a node need more than it has.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - needed: bytes of one rank.
  ///   - ranks: on each node; nil counts them.
  ///   - limit: bytes of a node; nil asks the node.
  /// - Throws: ``ParallelError`` of kind `input`.
  /// - Returns: bytes needed on this node and the bytes it has.
  @discardableResult
  static func admit(
    _ needed: Double, ranks: Int? = nil, limit: Double?, _ communicator: Communicator
  ) throws(ParallelError) -> (needed: Double, available: Double?) {
    let counted = try ranksHere(communicator)
    let all = needed * Double(ranks ?? counted)
    let room = limit ?? available
    var problem: ParallelError?
    if let room, all > room {
      problem = ParallelError(
        .input,
        "the run needs about \(text(all)) on a node (\(text(needed)) a rank), which has "
          + "\(text(room)): take coarser elements or more nodes, or state --memory")
    }
    try communicator.agree(problem)
    return (all, room)
  }
}
