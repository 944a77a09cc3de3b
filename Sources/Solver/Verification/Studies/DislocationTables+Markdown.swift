// SPDX-License-Identifier: Apache-2.0

public import Parallel
import Physics

/// Tables S2 and S3 computed anew, beside the paper's.
public enum DislocationTables {
  /// Both tables as Markdown, differences marked and explained.
  ///
  /// - Throws: ``ParallelError`` where a candidate of the paper is impossible, which only a bug does.
  public static func markdown() throws(ParallelError) -> String {
    var lines = [
      "# Tables S2 and S3 beside the paper's", "",
      "Made by `vegard dislocation --paper-tables`. Where the paper prints another number, it "
        + "stands in brackets: **bold** marks a misprint, which is explained below; the others "
        + "differ by one in the last digit.", "",
    ]
    let crystals = [Crystal.ironPhosphate, .lithiumIronPhosphate]
    do throws(CrystalError) {
      for crystal in crystals { lines += try contrastTable(crystal) }
      lines += explanations(
        PaperTables.contrastMisprints,
        [
          "101", "210", "111", "301", "311",
        ])
      lines += [
        "The last row's Burgers vector is printed as ½[011]; the numbers are those of ½[110].", "",
      ]
      lines += try energyTable()
      lines += explanations(PaperTables.energyMisprints, ["K", "K b²"])
      lines += ["The lines of E, H and L lost an overbar: [01-1], [-101] and [1-10].", ""]
    } catch {
      throw ParallelError(.library, "\(error)")
    }
    return lines.joined(separator: "\n")
  }

  private static func contrastTable(_ crystal: Crystal) throws(CrystalError) -> [String] {
    var lines = [
      "## Table S2, \(crystal.name)", "",
      "Contrast factors, mean over ±h ±k ±l.", "",
      "| # | label | system, line | 101 | 210 | 111 | 301 | 311 |",
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (index, row) in PaperTables.contrasts.enumerated() {
      let printed = row.row(of: crystal)
      let right = PaperTables.corrected(
        printed, label: row.label, crystal: crystal.name,
        misprints: PaperTables.contrastMisprints)
      let computed = try DislocationStudies.contrasts(row.label, in: crystal)
      let cells = computed.indices.map { column in
        cell(
          computed[column], printed: printed[column], decimals: 4,
          isMisprint: printed[column] != right[column])
      }
      let system = row.label == "M" ? "½[110](001), [010]" : row.system
      lines.append("| \(index + 1) | \(row.label) | \(system) | " + joined(cells))
    }
    return lines + [""]
  }

  private static func energyTable() throws(CrystalError) -> [String] {
    var lines = [
      "## Table S3, LiFePO4", "",
      "| candidate | type | K [GPa] | K b² [nJ/m] |", "| --- | --- | --- | --- |",
    ]
    for (row, candidate) in zip(PaperTables.energies, SlipSystem.olivineCandidates) {
      let dislocation = try StraightDislocation(candidate, in: .lithiumIronPhosphate)
      let isMisprint = PaperTables.energyMisprints.contains { $0.label == row.label }
      let cells = [
        cell(
          dislocation.energyFactor / gigapascal, printed: row.energyFactor, decimals: 2,
          isMisprint: isMisprint),
        cell(
          dislocation.energyPerLength / nanojoulePerMetre, printed: row.energy, decimals: 1,
          isMisprint: isMisprint),
      ]
      lines.append("| \(row.label) | \(dislocation.character.rawValue) | " + joined(cells))
    }
    return lines + [""]
  }

  private static func explanations(_ misprints: [Misprint], _ columns: [String]) -> [String] {
    let rows = misprints.map { misprint in
      let places = misprint.columns.map { columns[$0] }.joined(separator: ", ")
      return "| \(misprint.label) | \(misprint.crystal) | \(places) | \(misprint.reason) |"
    }
    return ["| row | crystal | columns | why |", "| --- | --- | --- | --- |"] + rows + [""]
  }

  private static func joined(_ cells: [String]) -> String {
    cells.joined(separator: " | ") + " |"
  }

  private static func cell(
    _ computed: Double, printed: Double, decimals: Int, isMisprint: Bool
  ) -> String {
    let (text, paper) = (fixed(computed, decimals), fixed(printed, decimals))
    if isMisprint { return "**\(text)** (\(paper))" }
    return text == paper ? text : "\(text) (\(paper))"
  }

  /// A positive number with so many decimals.
  private static func fixed(_ number: Double, _ decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1.0) { factor, _ in 10 * factor }
    let digits = String(Int((number * scale).rounded()))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }
}

extension PrintedContrast {
  /// The row of one of the two crystals.
  func row(of crystal: Crystal) -> [Double] {
    crystal.name == Crystal.ironPhosphate.name ? ironPhosphate : lithiumIronPhosphate
  }
}
