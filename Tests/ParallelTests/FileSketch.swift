// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import Parallel

/// A file with one of everything that the writer writes.
enum FileSketch {
  static let rows = 40
  static let columns = 30
  static let storages: [(name: String, storage: ElementType)] = [
    ("double", .double), ("float", .float), ("integer", .integer), ("byte", .byte),
  ]

  /// Numbers that each storage keeps exactly.
  static func value(_ storage: ElementType, _ index: Int) -> Double {
    switch storage {
    case .double: index == 7 ? .nan : 1 / Double(index + 1)
    case .float: index == 7 ? .infinity : Double(index) / 64
    case .integer: Double(index - 600) * 1e6
    default: Double(index % 256)
    }
  }

  /// The rows of a rank, unequal; of three ranks the first has none.
  static func rows(of rank: Int, among size: Int) -> Range<Int> {
    func cut(_ rank: Int) -> Int {
      size > 2 && rank == 1 ? 0 : rows * rank * rank / (size * size)
    }
    return cut(rank)..<cut(rank + 1)
  }

  /// Writes the file.
  ///
  /// Collective.
  static func write(_ path: String, _ communicator: Communicator) throws(ParallelError) {
    let file = try OutputFile(path, communicator: communicator)
    try file.setAttribute("format", "sketch")
    try file.setAttribute("version", [3], as: .integer)
    try file.setAttribute("origin", [0.5, -2])
    try file.setAttribute("axes", texts: ["c", "axis a"])
    try file.makeGroup("empty/below")
    let own = rows(of: communicator.rank, among: communicator.size)
    let window = own.isEmpty ? nil : Window(own, 0..<columns)
    for (name, storage) in storages {
      let values = (own.lowerBound * columns..<own.upperBound * columns).map { value(storage, $0) }
      try file.write(
        "image/\(name)", values, shape: [rows, columns], window: window, as: storage)
    }
    try file.write("small", [1, 2.5, -3], shape: [3])
    try file.write("words", texts: ["one", "zwölf"])
    try file.write("links", references: ["/small", "/image/byte"])
    try file.setAttribute("units", "nm", of: "small")
    try file.commit()
  }

  /// Reads everything once.
  ///
  /// Collective.
  static func readAll(_ path: String, _ communicator: Communicator) throws(ParallelError) {
    let file = try InputFile(path, communicator: communicator)
    _ = try file.contains("image/double")
    _ = try file.kind(of: "image")
    _ = try file.elementType(of: "words")
    _ = try file.members()
    _ = try file.shape(of: "small")
    _ = try file.numbers("image/float", window: Window(1..<3, 2..<4))
    _ = try file.texts("words")
    _ = try file.references("links")
    _ = try file.attributeNames()
    _ = try file.attribute("format")
    _ = try file.attribute("version")
  }
}
