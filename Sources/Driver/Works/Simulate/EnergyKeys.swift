// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// The homogeneous energy: a regular solution, one with Redlich and Kister's excess, a measured
/// potential, a polynomial or a double well.
struct EnergyKeys: CaseMapping {
  private var omega: Double?
  private var excess: [Double]?
  private var chains: [Double]?
  private var table: MeasuredTable?
  private var gap: [Double]?
  private var polynomial: [Double]?
  private var well: WellKeys?
  /// kT in eV of the mobility, nil where the case leaves it to the energy.
  private(set) var thermal: Double?
  /// Of a table whose points are known.
  private var tabulated: TabulatedEnergy?

  static var fields: [CaseField<EnergyKeys>] {
    let usual = RegularSolution.lithiumIronPhosphate
    return [
      .init(
        "omega", optional: \.omega, .quantity(.energy, "eV"), unless: "\(usual.omega) eV",
        "Ω of the regular solution"),
      .init(
        "redlich_kister", optional: \.excess, .quantities(.energy, "eV"), unless: "none",
        "1 to 14 coefficients L_k of the excess X(1 − X) Σ L_k (2X − 1)^k, L_0 first"),
      .init(
        "chain_lengths", optional: \.chains, .quantities(.ratio), unless: "[1, 1]",
        "n and m of the entropy kT [X ln X/n + (1 − X) ln(1 − X)/m] beside `redlich_kister`, as of "
          + "Flory and Huggins; 1/a for both on a sublattice of a sites per formula unit"),
      .init(
        "table", optional: \.table, .measuredTable, unless: "none",
        "a measured homogeneous potential: a list of `[X, μ with its unit]`, or a file of two columns, "
          + "X and μ in eV"),
      .init(
        "gap", optional: \.gap, .quantities(.ratio), unless: "none, a solid solution",
        "the two compositions that coexist; what a table has between them is left out"),
      .init(
        "polynomial", optional: \.polynomial, .quantities(.energy, "eV"), unless: "none",
        "3 to 17 coefficients of the powers of X, that of X^0 first"),
      .init(
        "double_well", optional: \.well, .mapping, unless: "none", "ρ (X − α)² (β − X)²"),
      .init(
        "thermal", optional: \.thermal, .quantity(.energy, "eV", isPositive: true),
        unless: "\(usual.thermalEnergy) eV; 1 eV for a polynomial", "kT"),
    ]
  }

  init() {}

  /// The keys that say an energy and its kT again.
  init(_ energy: BulkEnergy, thermal: Double) {
    self.thermal = energy.thermalEnergy ?? thermal
    switch energy {
    case .regularSolution(let law): omega = law.omega
    case .redlichKister(let law):
      excess = law.coefficients
      let lengths = law.entropy.chainLengths
      if lengths != (1, 1) { chains = [lengths.filled, lengths.vacant] }
    case .tabulated(let law):
      table = .points(zip(law.composition, law.potential).map { [$0, $1] })
      gap = law.gap.map { [$0.lowerBound, $0.upperBound] }
      tabulated = law
    case .polynomial(let energy): polynomial = energy.coefficients
    }
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let kinds = ["omega", "redlich_kister", "table", "polynomial", "double_well"]
      .filter { keys.has($0) }
    guard kinds.count < 2 else {
      throw keys.problem(
        kinds[1],
        "found \(kinds.joined(separator: " and ")), expected one energy")
    }
    for (name, owner) in [("chain_lengths", "redlich_kister"), ("gap", "table")]
    where keys.has(name) && !keys.has(owner) {
      throw keys.problem(name, "found it without \(owner), to which it belongs")
    }
    try checkList("polynomial", polynomial, 3...17, keys)
    try checkList("redlich_kister", excess, 1...14, keys)
    if let chains, chains.count != 2 || !chains.allSatisfy({ (1e-3...1e6).contains($0) }) {
      throw keys.problem("chain_lengths", "found \(chains), expected two numbers from 1e-3 to 1e6")
    }
    if let gap, gap.count != 2 || !(0 < gap[0] && gap[0] < gap[1] && gap[1] < 1) {
      throw keys.problem(
        "gap", "found \(gap), expected two numbers between 0 and 1, the lower one first")
    }
    do throws(EnergyProblem) { try settle() } catch { throw keys.problem("table", error.reason) }
  }

  private func checkList(
    _ name: String, _ list: [Double]?, _ range: ClosedRange<Int>, _ keys: FieldKeys
  ) throws {
    guard let list, !range.contains(list.count) else { return }
    throw keys.problem(
      name,
      "found \(list.count) coefficients, expected \(range.lowerBound) to \(range.upperBound), that "
        + "of order 0 first")
  }

  /// Makes the energy of a table whose points are known.
  private mutating func settle() throws(EnergyProblem) {
    guard case .points(let points) = table else { return }
    tabulated = try TabulatedEnergy(
      composition: points.map { $0[0] }, potential: points.map { $0[1] },
      gap: gap.map { $0[0]...$0[1] },
      thermalEnergy: thermal ?? RegularSolution.lithiumIronPhosphate.thermalEnergy)
  }

  /// Whether no file is missing for ``energy``.
  var isComplete: Bool { table == nil || tabulated != nil }

  /// Reads the file of a table; its path is relative to `folder`.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` naming it.
  mutating func complete(
    in folder: String, _ communicator: Communicator
  ) throws(ParallelError) {
    guard case .file(let name) = table else { return }
    let path = CaseFolder.path(name, in: folder)
    let text = try communicator.first { () throws(ParallelError) in try CaseReading.text(of: path) }
    table = .points(try MeasuredTable.points(text, of: path))
    do throws(EnergyProblem) { try settle() } catch {
      throw ParallelError(.input, "\(path): \(error.reason)")
    }
  }

  /// The energy.
  var energy: BulkEnergy {
    if let polynomial { return .polynomial(PolynomialEnergy(polynomial)) }
    if let well {
      return .polynomial(PolynomialEnergy(height: well.height, wells: (well.low, well.high)))
    }
    if let tabulated { return .tabulated(tabulated) }
    let usual = RegularSolution.lithiumIronPhosphate
    let thermalEnergy = thermal ?? usual.thermalEnergy
    if let excess {
      let lengths = chains.map { (filled: $0[0], vacant: $0[1]) } ?? (1, 1)
      return .redlichKister(
        RedlichKister(
          entropy: MixingEntropy(thermalEnergy: thermalEnergy, chainLengths: lengths),
          coefficients: excess))
    }
    return .regularSolution(
      RegularSolution(omega: omega ?? usual.omega, thermalEnergy: thermalEnergy))
  }
}

/// A measured potential: points of X and μ in eV, or their file.
enum MeasuredTable {
  case file(String)
  case points([[Double]])

  /// The points of a file's text: two columns with a comma or blanks between, # begins a comment.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming file and line.
  static func points(_ text: String, of path: String) throws(ParallelError) -> [[Double]] {
    var points: [[Double]] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let words = line.prefix { $0 != "#" }.split { $0 == "," || $0.isWhitespace }
      guard !words.isEmpty else { continue }
      let numbers = words.compactMap { try? Quantity.parse(String($0), as: .ratio) }
      guard words.count == 2, numbers.count == 2 else {
        throw ParallelError(
          .input, "\(path): line \(number + 1): found \"\(line)\", expected X and μ in eV")
      }
      points.append(numbers)
    }
    guard points.count > 1 else {
      throw ParallelError(.input, "\(path): found \(points.count) points, expected at least 2")
    }
    return points
  }
}

extension CaseForm where Value == MeasuredTable {
  static var measuredTable: CaseForm {
    CaseForm(
      words: "",
      read: { keys, key in
        if let name = try? keys.text(key) { return .file(name) }
        let rows = try keys.list(key, of: [String].self)
        guard rows.count > 1, rows.allSatisfy({ $0.count == 2 }) else {
          throw keys.problem(key, "expected at least 2 points [X, μ with its unit]")
        }
        return .points(
          try rows.map { row in
            do {
              return [
                try Quantity.parse(row[0], as: .ratio), try Quantity.parse(row[1], as: .energy),
              ]
            } catch { throw keys.problem(key, "found \(error)") }
          })
      },
      text: { table in
        switch table {
        case .file(let name): "\"\(name)\""
        case .points(let points):
          "[\(points.map { "[\($0[0]), \($0[1]) eV]" }.joined(separator: ", "))]"
        }
      })
  }
}

/// ρ (X − α)² (β − X)².
private struct WellKeys: CaseMapping {
  var height = 0.0
  var low = 0.0
  var high = 0.0

  static var fields: [CaseField<WellKeys>] {
    [
      .init("height", required: \.height, .quantity(.energy, "eV", isPositive: true), "ρ"),
      .init("low", required: \.low, .number(), "α"),
      .init("high", required: \.high, .number(), "β"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    guard low < high else {
      throw keys.problem("high", "found \(high), expected more than low")
    }
  }
}
