// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import Physics

/// The names that particles get: those of `--particle` in order, else the files' own.
struct ParticleNames {
  private var pending: [String]
  private let given: Int
  private var used: Set<String> = []

  /// Starts with the names of the option.
  init(_ names: [String]) {
    pending = names
    given = names.count
  }

  /// The name of the next particle of a foreign file.
  mutating func next(default own: String, in file: String) throws(ParallelError) -> String {
    if given > 0, pending.isEmpty {
      throw ParallelError(
        .input,
        "\(file): found more particles than the \(given) names of --particle, expected one each")
    }
    return try take(pending.isEmpty ? own : pending.removeFirst(), in: file)
  }

  /// The particles of a stack that the option names, or all.
  mutating func chosen(
    of layouts: [SourceLayout], in file: String
  ) throws(ParallelError) -> [SourceLayout] {
    let names = layouts.compactMap(\.name)
    var chosen = layouts
    if given > 0 {
      chosen = layouts.filter { pending.contains($0.name ?? "") }
      guard !chosen.isEmpty else {
        let wanted = pending.joined(separator: ", ")
        let advice = nearestName(to: pending.first ?? "", among: names)
        throw ParallelError(
          .input,
          "\(file): found particles \(names.joined(separator: ", ")), expected \(wanted)"
            + (advice.map { "; did you mean \($0)?" } ?? ""))
      }
      pending.removeAll { names.contains($0) }
    }
    for layout in chosen { _ = try take(layout.name ?? "", in: file) }
    return chosen
  }

  private mutating func take(_ name: String, in file: String) throws(ParallelError) -> String {
    try StackNames.check(particle: name, in: file)
    guard used.insert(name).inserted else {
      throw ParallelError(
        .input,
        "\(file): found particle \(name) a second time, expected different names: give --particle")
    }
    return name
  }

  /// Throws when names are left over.
  func finish() throws(ParallelError) {
    if !pending.isEmpty {
      throw ParallelError(
        .input,
        "--particle: found no particle for \(pending.joined(separator: ", ")), expected as many "
          + "particles as names")
    }
  }
}
