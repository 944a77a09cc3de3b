// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Parallel

/// What the root attributes of a stack say of its images: obeyed or refused, never overlooked.
///
/// They are the meaning of the shear, the axes, the state of zero strain and the rotation.
package struct StackDeclarations {
  /// What stored shear is multiplied by: ½ for engineering shear.
  private(set) var shearFactor = 1.0
  /// What stored rotation is multiplied by: unit and sign.
  private(set) var rotationFactor = 1.0
  /// The composition at which the strain is zero; nil where the file does not say.
  package private(set) var referenceComposition: Double?
  /// What the file leaves unsaid, for the user's log.
  package private(set) var notes: [String] = []

  /// Whether images may stand under the root attributes that Vegard writes, their reference apart.
  package var isPlain: Bool {
    shearFactor == 1 && rotationFactor == 1
  }

  /// Reads the root attributes.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a declaration that cannot be followed.
  package init(_ file: borrowing InputFile) throws(ParallelError) {
    let path = file.path
    func text(_ name: String) throws(ParallelError) -> String? {
      guard let found = try file.attribute(name) else { return nil }
      guard let text = found.text else {
        throw ParallelError(.input, "\(path): attribute \(name) is \(found.kind), expected text")
      }
      return text
    }
    func refused(_ name: String, _ found: String, _ expected: String) -> ParallelError {
      ParallelError(
        .input, "\(path): attribute \(name) is '\(found)', expected \(expected)")
    }
    if let found = try text("shear") {
      guard let factor = Self.shearFactor(found) else {
        throw refused(
          "shear", found, "words that call e_ac tensor shear or engineering shear (gamma)")
      }
      shearFactor = factor
    }
    let axesName = try file.attribute("image_axes") == nil ? "axes" : "image_axes"
    if let found = try text(axesName), !Self.runsAlongC(found) {
      throw refused(
        axesName, found,
        "rows along c and columns along a, both growing: transpose or mirror the images first")
    }
    if let found = try text("reference") {
      guard let composition = Self.referenceComposition(found) else {
        throw refused(
          "reference", found, "the composition of zero strain, such as 'LiFePO4 (X=1)'")
      }
      referenceComposition = composition
    }
    if let found = try text("rotation") {
      guard let factor = Self.rotationFactor(found) else {
        throw refused(
          "rotation", found,
          "'\(StackNames.rootTexts["rotation"] ?? "")', or its negative, or "
            + "degrees")
      }
      rotationFactor = factor
    }
    var unsaid: [String] = []
    for name in ["shear", "reference", "rotation"] where try file.attribute(name) == nil {
      unsaid.append(name)
    }
    if try file.attribute(axesName) == nil { unsaid.append("axes") }
    if !unsaid.isEmpty {
      notes.append(
        "\(path): does not say its \(unsaid.joined(separator: ", ")): taken as Vegard writes them")
    }
  }

  /// What a channel's stored values and deviations are multiplied by, units apart.
  func factor(of map: ImageMap) -> Double {
    switch map {
    case .channel(.strainAC): shearFactor
    case .deviation(.strainAC): abs(shearFactor)
    case .channel(.rotation): rotationFactor
    case .deviation(.rotation): abs(rotationFactor)
    default: 1
    }
  }

  /// ½ for engineering shear, 1 for tensor shear, nil where the words say neither clearly.
  ///
  /// The first of the two kinds that is named counts, and a half before it turns it: "tensor shear
  /// (half the engineering shear)", "half the engineering shear", "engineering shear, twice …".
  static func shearFactor(_ text: String) -> Double? {
    let words = text.lowercased()
    let tensor = words.range(of: "tensor")?.lowerBound
    let engineering = ["engineering", "gamma", "\u{3b3}"].compactMap {
      words.range(of: $0)?.lowerBound
    }.min()
    if words.contains("not ") { return nil }
    switch (tensor, engineering) {
    case (.some(let tensor), .some(let engineering)) where tensor < engineering: return 1
    case (.some, nil): return 1
    case (_, .some(let engineering)):
      let halves = ["half", "halv", "0.5", "1/2", "\u{bd}", "/2", "/ 2"]
      if halves.contains(where: { words[..<engineering].contains($0) }) { return 1 }
      return halves.contains { words[engineering...].contains($0) } ? nil : 0.5
    default: return nil
    }
  }

  /// Whether the slow index grows along c and the fast one along a.
  ///
  /// Words for rows and columns take the next axis that is named; without them the axes are named
  /// in the order of the indices, as in "(c, a)".
  static func runsAlongC(_ text: String) -> Bool {
    let lowered = text.lowercased()
    guard !lowered.contains(/decreas|opposite|negative|(^|[\s(\[,])[-\u{2212}][ac]\b/) else {
      return false
    }
    var bound: [String: String] = [:]
    var inOrder: [String] = []
    var index: String?
    for word in lowered.split(whereSeparator: { !$0.isLetter }).map(String.init) {
      switch word {
      case "row", "rows", "slow", "first": index = "row"
      case "col", "cols", "column", "columns", "fast", "second": index = "column"
      case "a", "b", "c":
        if let index { bound[index] = word }
        index = nil
        inOrder.append(word)
      default: break
      }
    }
    if let row = bound["row"], let column = bound["column"] { return row == "c" && column == "a" }
    if let row = bound["row"], inOrder.count == 1 { return row == "c" }
    return inOrder == ["c", "a"]
  }

  /// The composition of the words, "X = 1" or the name of a pure phase; nil where they name none
  /// or two.
  static func referenceComposition(_ text: String) -> Double? {
    let plain = text.lowercased().filter { !$0.isWhitespace }
    if let mean = plain.firstMatch(of: /mean|average|initial|first/), !mean.isEmpty { return nil }
    if let match = plain.firstMatch(of: /x=([0-9]*\.?[0-9]+(?:e-[0-9]+)?)/) {
      return Double(match.1)
    }
    let words = Set(
      text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map(String.init))
    let isRich = !words.isDisjoint(with: ["lifepo4", "lfp"])
    let isPoor = !words.isDisjoint(with: ["fepo4", "fp"])
    return isRich == isPoor ? nil : isRich ? 1 : 0
  }

  /// The factor to radians that grow from a to c's side, as (∂v_c/∂a − ∂u_a/∂c)/2 does.
  static func rotationFactor(_ text: String) -> Double? {
    let plain = text.lowercased().replacing("\u{2202}", with: "d").filter {
      !$0.isWhitespace && $0 != "_" && $0 != "*"
    }
    var unit = 1.0
    if plain.contains("mrad") { unit = 1e-3 } else if plain.contains("deg") { unit = .pi / 180 }
    // Without a half in front or behind, the difference is twice the rotation.
    let isHalf = ["half", "0.5", "/2", "\u{bd}"].contains { plain.contains($0) }
    if plain.contains("dvc/da-dua/dc") { return isHalf ? unit : unit / 2 }
    if plain.contains("dua/dc-dvc/da") { return isHalf ? -unit : -unit / 2 }
    return ["rad", "radian", "radians", "mrad", "deg", "degree", "degrees"].contains(plain)
      ? unit : nil
  }
}
