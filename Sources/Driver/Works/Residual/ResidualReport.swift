// SPDX-License-Identifier: Apache-2.0

import Inversion
import Parallel
import Physics

/// What `residual` says on stdout.
enum ResidualReport {
  static func show(_ result: ResidualResult, on console: Console) {
    let rows = result.particles.map(\.summary)
    var table = Table(
      "particle", "mean X", "pixels", "left out", "rejected", "residual [%]", "coherency [%]",
      "incompatibility [1/um2]", "noise floor [1/um2]", "above noise [1/um2]", "detectable [1/um2]",
      "corr. with sigma")
    for row in rows {
      func perSquareMicrometre(_ value: Double) -> String {
        Table.number(value / Physics.perSquareMicrometre, digits: 4)
      }
      table.add(
        row.name, Table.number(row.meanComposition, digits: 4), String(row.pixels),
        String(row.masked), String(row.rejected), Table.number(100 * row.residual, digits: 4),
        Table.number(100 * row.coherency, digits: 4), perSquareMicrometre(row.incompatibility),
        perSquareMicrometre(row.noiseFloor), perSquareMicrometre(row.incompatibilityAboveNoise),
        perSquareMicrometre(row.detectionLimit), Table.number(row.sigmaCorrelation, digits: 3))
    }
    console.table(table)
    console.line("")
    for source in [ResidualSummary.NoiseSource.sigmaMaps, .estimate, .mixed] {
      let names = rows.filter { $0.noiseSource == source }.map(\.name)
      if !names.isEmpty {
        console.line("noise of \(names.joined(separator: ", ")): \(source.rawValue)")
      }
    }
    for row in rows where max(row.smearedAlongA, row.smearedAlongC) > 0 {
      console.line(
        "\(row.name): the noise is smeared over \(Table.number(row.smearedAlongA, digits: 2)) pixels "
          + "along a, \(Table.number(row.smearedAlongC, digits: 2)) along c (sd of a Gaussian)")
    }
    console.result(result.row)
  }

  fileprivate static func json(_ row: ResidualSummary) -> JSONValue {
    var object: [String: JSONValue] = [
      "pixel_size_nm": .number(row.pixelSize), "noise_source": .text(row.noiseSource.rawValue),
    ]
    for column in ResidualSummary.columns {
      let value = column.value(row)
      object[column.name] = column.isCount ? .integer(Int(value)) : .number(value)
    }
    return .object(object)
  }
}

extension ResidualResult {
  var row: [String: JSONValue] {
    [
      "law_model": .text(law.model), "bin": .integer(filled.bin),
      "particles": .object(
        Dictionary(
          uniqueKeysWithValues: particles.map { ($0.summary.name, ResidualReport.json($0.summary)) }
        )),
    ]
  }
}
