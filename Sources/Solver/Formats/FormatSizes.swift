// SPDX-License-Identifier: Apache-2.0

/// Sizes of declared shapes: a number, or a name with a factor before it, such as 2N.
extension FileFormat {
  /// The number that a size stands for; nil where nothing says its name's.
  static func size(_ text: String, _ known: [String: Int]) -> Int? {
    let factor = text.prefix { $0.isNumber }
    let name = String(text.dropFirst(factor.count))
    if name.isEmpty { return Int(factor) }
    // A damaged file may claim any size.
    return known[name].map { $0 &* (Int(factor) ?? 1) }
  }

  /// Takes up what a shape says of names that nothing has said yet; whether it is the declared one.
  static func bind(_ sizes: [String], _ shape: [Int], _ known: inout [String: Int]) -> Bool {
    for (text, found) in zip(sizes, shape) {
      let factor = Int(text.prefix { $0.isNumber }) ?? 1
      let name = String(text.drop { $0.isNumber })
      if !name.isEmpty, known[name] == nil { known[name] = found / factor }
    }
    return shape.count == sizes.count && zip(shape, sizes).allSatisfy { size($1, known) == $0 }
  }
}

extension FileFormat.Dataset {
  /// The sizes in so many dimensions, its optional one dropped where it is missing.
  func sizes(count: Int) -> [String] {
    guard let first = shape.first, first.hasSuffix("?") else { return shape }
    let rest = Array(shape.dropFirst())
    return count == rest.count ? rest : [String(first.dropLast())] + rest
  }

  /// The shape that sizes by name make; one name that they lack follows from the count of numbers.
  ///
  /// Nil where they say too little, or another shape than one that `count` numbers fill.
  func shape(of sizes: [String: Int], count: Int? = nil) -> [Int]? {
    var known = sizes
    let isFlat = shape.first?.hasSuffix("?") == true && known[String(shape[0].dropLast())] == nil
    let names = self.sizes(count: shape.count - (isFlat ? 1 : 0))
    let open = names.filter { FileFormat.size($0, known) == nil }
    if let count, open.count == 1 {
      let others = names.compactMap { FileFormat.size($0, known) }.reduce(1, *)
      let factor = Int(open[0].prefix { $0.isNumber }) ?? 1
      known[String(open[0].drop { $0.isNumber })] = count / max(1, others * factor)
    }
    let shape = names.compactMap { FileFormat.size($0, known) }
    guard shape.count == names.count else { return nil }
    return count.map { $0 == shape.reduce(1, *) } ?? true ? shape : nil
  }
}
