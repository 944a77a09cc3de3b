// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Diffraction
@testable import Verification

/// What files of patterns look like, and what their positions are.
///
/// Collective.
final class DiffractionPatternTests: XCTestCase {
  private func pattern(
    _ bytes: Data, name: String = "p.xy", columns: PatternColumns? = nil
  ) throws -> DiffractionPattern {
    let path = try TestSession.scratch() + "/" + name
    if TestSession.communicator.rank == 0 { try bytes.write(to: URL(filePath: path)) }
    return try PatternFile.read(
      path, abscissa: .twoTheta, columns: columns, communicator: TestSession.communicator)
  }

  private func pattern(_ text: String) throws -> DiffractionPattern {
    try pattern(Data(text.utf8))
  }

  func testOneTableInManyClothes() throws {
    let rows = [(40.5, 6016), (40.75, 6222), (41.0, 6025)]
    func table(_ separator: String, comma: Bool = false, falling: Bool = false) -> String {
      let lines = rows.map { "\($0.0)\(separator)\($0.1)" }
      let text = (falling ? lines.reversed() : lines).joined(separator: "\r\n")
      return comma ? text.replacing(".", with: ",") : text
    }
    let plain = table(" ")
    let clothes: [(String, Data)] = [
      ("plain", Data(plain.utf8)), ("mark", Data([0xEF, 0xBB, 0xBF]) + Data(plain.utf8)),
      ("UTF-16", Data([0xFF, 0xFE]) + (plain.data(using: .utf16LittleEndian) ?? Data())),
      ("heading", Data(("2Theta,Intensity\n" + table(",")).utf8)),
      ("two words", Data(("2 theta\tcounts\n" + table("\t")).utf8)),
      ("FIT2D", Data(("lab6.tif\n2-Theta Angle (Degrees)\nIntensity\n   3\n" + plain).utf8)),
      ("falling", Data(table(" ", falling: true).utf8)),
      ("comma and semicolon", Data(table(";", comma: true).utf8)),
      ("comma and tab", Data(table("\t", comma: true).utf8)),
      ("comma and blank", Data(("# winkel\n" + table(" ", comma: true)).utf8)),
      ("comma and blank as separator", Data(table(", ").utf8)),
    ]
    for (name, bytes) in clothes {
      let found = try pattern(bytes)
      XCTAssertEqual(found.positions, rows.map(\.0), name)
      XCTAssertEqual(found.intensities, rows.map { Double($0.1) }, name)
      XCTAssertEqual(found.errorModel, .counts, name)
    }
  }

  func testTheColumnsAreSaid() throws {
    let text = "1 100 1 10.5\n2 121 1 11.5\n3 144 1 12.5\n"
    let message = TestSession.message { _ = try pattern(text) }
    XCTAssert(message.contains("4 columns") && message.contains("key columns"), message)
    let chosen = try pattern(
      Data(text.utf8), columns: PatternColumns(position: 0, intensity: 1, deviation: 3))
    XCTAssertEqual(chosen.variances[2], 156.25, accuracy: 1e-9)
    let alone = try pattern("1 100 10.5\n2 121 11.5\n3 144 12.5\n")
    XCTAssertEqual(chosen.variances, alone.variances)
    let counts = try pattern(Data(text.utf8), columns: PatternColumns())
    XCTAssertEqual(counts.errorModel, .counts)
    let swapped = try pattern(
      Data("7 1\n8 2\n9 3\n".utf8), columns: PatternColumns(position: 1, intensity: 0))
    XCTAssertEqual(swapped.intensities, [7, 8, 9])
    let short = TestSession.message {
      _ = try pattern(Data("1 5\n2 7\n".utf8), columns: PatternColumns(deviation: 3))
    }
    XCTAssert(short.contains("found 2 columns, expected 4"), short)
  }

  func testWhatIsNoPatternIsRefused() throws {
    for (text, word) in [
      ("1 5 2\n2 7\n", "line 2: found 2 columns, expected 3"),
      ("1O.5 7\n2 8\n3 9\n", "line 1"), ("10.0 5x\n11 7\n", "line 1"),
      ("9\n1 5\n2 7\n", "2 rows, expected 9"), ("1 5\n3 7\n2 8\n", "line 3"),
      ("20 0.02 60\n1 2 3 4 5 6 7 8\n", "8 columns"), ("1,234,567 5\n2,345,678 6\n", "columns"),
      ("10,5 1,234.5\n11,5 2\n", "columns"),
    ] {
      let message = TestSession.message { _ = try pattern(text) }
      XCTAssert(message.contains(word), message)
    }
    for (bytes, word) in [
      (Data("RAW1.01".utf8) + Data([0, 0, 1]), "Bruker RAW"),
      (Data([0x50, 0x4B, 3, 4, 0, 0]), "zip"), (Data([0x89]) + Data("HDF\r\n".utf8), "HDF5"),
      (Data("<?xml version=\"1.0\"?>\n<xrdMeasurements/>".utf8), "XRDML"),
      (Data("*RAS_DATA_START\n".utf8), "Rigaku RAS"), (Data("_FILEVERSION=1\n".utf8), "UXD"),
      (Data([1, 2, 0, 0, 9]), "binary"),
    ] {
      let message = TestSession.message { _ = try pattern(bytes) }
      XCTAssert(message.contains(word) && message.contains("GSAS"), message)
    }
    // A FIFO, too: it would be waited for.
    let place = TestSession.message(.file) {
      _ = try PatternFile.read(
        try TestSession.scratch(), abscissa: .twoTheta, communicator: TestSession.communicator)
    }
    XCTAssert(place.contains("found a directory, expected a file"), place)
    let histogram = "title\nBANK 1 3 1 CONST 1000 2 0 0 STD\n 1   100 1   121 1   144\n"
    XCTAssertEqual(try pattern(histogram).positions, [10, 10.02, 10.04])
  }

  func testEveryAbscissaPutsTheLineInItsPlace() throws {
    for abscissa in DiffractionPattern.Abscissa.allCases {
      let place = try XCTUnwrap(abscissa.position(4.79, wavelength: 0.1))
      let back = try XCTUnwrap(abscissa.reciprocal(place, wavelength: 0.1))
      XCTAssertEqual(back, 4.79, accuracy: 1e-12, abscissa.rawValue)
    }
    // 1/d of 2 nm⁻¹ is 4π nm⁻¹, 0.4π Å⁻¹, 5 Å.
    typealias Abscissa = DiffractionPattern.Abscissa
    XCTAssertEqual(Abscissa.scatteringVector.position(2, wavelength: nil) ?? 0, 4 * .pi)
    XCTAssertEqual(
      Abscissa.scatteringVectorPerAngstrom.position(2, wavelength: nil) ?? 0, 0.4 * .pi,
      accuracy: 1e-15)
    XCTAssertEqual(Abscissa.spacing.position(2, wavelength: nil) ?? 0, 5)
  }

  /// A file of one line over an abscissa.
  private func line(_ abscissa: DiffractionPattern.Abscissa) throws -> String {
    let line = VirtualLine(size: 200, density: 3e-4)
    let profile = line.profile(reach: 20, counts: 1e7, background: 1e-3)
    let centre = 1 / Crystal.lithiumIronPhosphate.cell.spacing(Reflection(2, 1, 0))
    let rows = profile.offsets.indices.map { index in
      let place = abscissa.position(centre + profile.offsets[index], wavelength: 0.07) ?? 0
      return String(format: "%.9f %.0f", place, profile.intensities[index])
    }
    let path = try TestSession.scratch() + "/\(abscissa.rawValue).xy"
    try TestSession.write(rows.joined(separator: "\n"), to: path)
    return path
  }

  private func analysed(
    _ path: String, _ abscissa: DiffractionPattern.Abscissa
  ) throws -> PowderPeak {
    let request = PeakRequest(
      reflection: Reflection(2, 1, 0),
      source: .line(
        LineRequest(
          line: .init(path: path, abscissa: abscissa), options: LineOptions(background: .flat))))
    return try PowderPeak.analyse(
      [request], radiation: Radiation(wavelength: 0.07), crystals: [.lithiumIronPhosphate],
      communicator: TestSession.communicator)[0]
  }

  func testAWrongUnitIsRefusedAndTheRightOneNamed() throws {
    let cases = DiffractionPattern.Abscissa.allCases
    let densities = try cases.map { try analysed(line($0), $0).density.value * 1e6 }
    for density in densities { XCTAssertEqual(density / 300, 1, accuracy: 0.05) }
    for truth in cases {
      let path = try line(truth)
      for said in cases where said != truth {
        let message = TestSession.message {
          let peak = try analysed(path, said)
          // Far off in every unit: at least a warning.
          throw ParallelError(.input, peak.warnings.joined())
        }
        XCTAssert(
          message.contains("abscissa: \(truth.rawValue)") || message.contains("is it this")
            || message.contains("no line"), "\(said) for \(truth): \(message)")
      }
    }
    // Half the angle.
    let path = try TestSession.scratch() + "/theta.xy"
    let text = try String(contentsOfFile: line(.twoTheta), encoding: .utf8)
    let halved = text.split(separator: "\n").map { row in
      let words = row.split(separator: " ")
      return "\((Double(words[0]) ?? 0) / 2) \(words[1])"
    }
    try TestSession.write(halved.joined(separator: "\n"), to: path)
    let message = TestSession.message { _ = try analysed(path, .twoTheta) }
    XCTAssert(message.contains("found θ, expected 2θ"), message)
  }
}
