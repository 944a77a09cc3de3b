// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel
public import Physics

/// Reads a law from a `vegard-law` file.
public struct LawReader: ~Copyable {
  /// The functions that the coefficients belong to.
  ///
  /// Of another reference than 1 the words are others, too: programs that know no other refuse them.
  static func basis(reference: Double) -> String {
    reference == 1
      ? "anchored Legendre on [0,1]" : "Legendre on [0,1], zero at reference_composition"
  }

  private let file: InputFile
  /// The models that the file holds.
  public let models: [String]

  /// A law and the model it was learnt with.
  public struct StoredLaw: Sendable {
    /// Such as m1.
    public let model: String
    /// f(X).
    public let law: EigenstrainLaw
  }

  /// Opens a law file and checks what it says it is.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it is missing, of kind `input` when it is no
  ///   law, a newer one, or one without models.
  public init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let opened = try InputFile(path, communicator: communicator)
    try Formats.law.checkName(of: opened, advice: "learn a law with 'vegard learn'")
    try Formats.law.checkVersion(of: opened)
    let group = LawFormat.models.path()
    let models =
      try opened.contains(group) ? try opened.members(of: group).sorted() : []
    guard !models.isEmpty else {
      throw ParallelError(.input, "\(path): found no model, expected a group such as models/m1")
    }
    file = opened
    self.models = models
  }

  /// Reads the law, or that of a model with its chosen number of terms.
  ///
  /// Files without a law of their own give that of the selected model.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming what is missing or wrong.
  public func law(of model: String? = nil) throws(ParallelError) -> StoredLaw {
    let selected = try file.attribute(LawFormat.selectedModel)?.text
    let averaged = LawFormat.law.path()
    if model == nil, try file.contains(LawFormat.averaged.coefficients.path(in: averaged)) {
      return try law(in: averaged, of: selected ?? "m1")
    }
    guard let name = model ?? selected ?? (models.count == 1 ? models[0] : nil) else {
      throw ParallelError(
        .input,
        "\(file.path): attribute \(LawFormat.selectedModel.name) is missing, expected one of "
          + "\(models.joined(separator: ", ")): name one with --model")
    }
    guard models.contains(name) else {
      throw ParallelError(
        .input,
        "\(file.path): there is no model \(name), found \(models.joined(separator: ", "))")
    }
    return try law(
      in: LawFormat.model.path(in: LawFormat.models.path(), named: name), of: name)
  }

  private func law(in group: String, of name: String) throws(ParallelError) -> StoredLaw {
    // Older files know no other reference than 1.
    let stored = try file.attribute(LawFormat.reference, of: group)
    guard let reference = stored == nil ? 1 : stored?.number, (0...1).contains(reference) else {
      throw ParallelError(
        .input,
        "\(file.path): \(group): reference_composition is \(stored?.shown ?? "missing"), expected a "
          + "number from 0 to 1")
    }
    let expected = Self.basis(reference: reference)
    if let basis = try file.attribute(LawFormat.fitted.basis, of: group)?.text, basis != expected {
      throw ParallelError(
        .input,
        "\(file.path): \(group): basis is '\(basis)', expected '\(expected)' with the reference "
          + "composition \(reference)")
    }
    let path = LawFormat.fitted.coefficients.path(in: group)
    guard try file.contains(path) else {
      throw ParallelError(.input, "\(file.path): dataset \(path) is missing")
    }
    let shape = try file.shape(of: path)
    guard shape.count == 2, shape[0] == 2, shape[1] > 0 else {
      throw ParallelError(
        .input, "\(file.path): dataset \(path) has shape \(shape), expected (2, N)")
    }
    let unknowns = try file.numbers(path)
    guard unknowns.allSatisfy(\.isFinite) else {
      throw ParallelError(.input, "\(file.path): dataset \(path) holds a number that is not finite")
    }
    return StoredLaw(model: name, law: EigenstrainLaw(unknowns: unknowns, reference: reference))
  }
}
