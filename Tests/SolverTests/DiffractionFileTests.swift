// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Diffraction
@testable import Formats
@testable import Verification

/// Patterns read from files, lines of a powder, and what is written.
///
/// Collective.
final class DiffractionFileTests: XCTestCase {
  private func pattern(
    _ text: String, name: String = "p.xy", abscissa: DiffractionPattern.Abscissa = .twoTheta,
    bank: Int? = nil
  ) throws -> DiffractionPattern {
    let path = try TestSession.scratch() + "/" + name
    try TestSession.write(text, to: path)
    return try PatternFile.read(
      path, abscissa: abscissa, bank: bank, communicator: TestSession.communicator)
  }

  func testColumnsWithCommentsAndErrors() throws {
    let plain = try pattern("# angle counts\ntwo_theta I\n10.0, 5\n10.1 7 \n\n10.2\t9\n")
    XCTAssertEqual(plain.positions, [10, 10.1, 10.2])
    XCTAssertEqual(plain.intensities, [5, 7, 9])
    XCTAssertEqual(plain.errorModel, .counts)
    let stated = try pattern("1 5 0.5\n2 7 0.7\n")
    XCTAssertEqual(stated.errorModel, .stated)
    XCTAssertEqual(stated.variances[1], 0.49, accuracy: 1e-12)
    XCTAssertEqual(try pattern("1 5.5\n2 7.25\n").errorModel, .scatter)
  }

  func testGSASHistogramsOfEachTypeSayTheSame() throws {
    let counts = [100, 121, 144, 169, 196, 225, 256]
    let fxye = counts.enumerated().map { "\(1000 + 2 * $0.offset) \($0.element) \(10 + $0.offset)" }
    let esd = counts.enumerated().map {
      String(format: "%8d%8d", $0.element, 10 + $0.offset)
    }
    let std = counts.map { String(format: " 1%6d", $0) }
    let texts = [
      "FXYE": fxye.joined(separator: "\n"),
      "ESD": esd.prefix(5).joined() + "\n" + esd.suffix(2).joined(), "STD": std.joined(),
    ]
    for (type, body) in texts {
      let header = "title\nBANK 1 7 2 CONST 1000.0 2.0 0 0 \(type)\n"
      let found = try pattern(header + body + "\n", name: "h.gsas")
      XCTAssertEqual(found.intensities, counts.map(Double.init), type)
      XCTAssertEqual(found.positions.last ?? 0, 10.12, accuracy: 1e-9, type)
      XCTAssertEqual(found.variances[3], 169, accuracy: 1e-9, type)
    }
    let message = TestSession.message {
      _ = try pattern("t\nBANK 1 7 2 TIME_MAP 1 2 0 0 STD\n", name: "h.gsas")
    }
    XCTAssert(message.contains("TIME_MAP"), message)
  }

  func testBadPatternsAreRefused() throws {
    for (text, word) in [
      ("1 5\n2 -7\n3 8\n", "line 2: found the negative intensity"),
      ("1 5\n1 7\n", "does not lie above"), ("1 5\n2 x\n", "line 2"),
      ("1 5 0\n2 6 1\n", "deviation"),
      ("1 5\n", "1 points"),
    ] {
      let message = TestSession.message { _ = try pattern(text) }
      XCTAssert(message.contains(word), message)
    }
    let path = try TestSession.scratch() + "/none.xy"
    _ = TestSession.message(.file) {
      _ = try PatternFile.read(
        path, abscissa: .q, communicator: TestSession.communicator)
    }
  }

  /// The made line in 2θ about the reflection's angle, on rank 0's disk.
  private func lineFile(
    _ line: VirtualLine, _ reflection: Reflection, wavelength: Double, in directory: String
  ) throws -> (path: String, window: ClosedRange<Double>) {
    let centre = 1 / Crystal.lithiumIronPhosphate.cell.spacing(reflection)
    let profile = line.profile(reach: 20, counts: 1e7, background: 1e-3)
    let rows = zip(profile.offsets, profile.intensities).map { q, intensity in
      let angle = 360 / Double.pi * asin(wavelength * (centre + q) / 2)
      return String(format: "%.6f %.0f", angle, intensity)
    }
    let path = directory + "/\(reflection.h)\(reflection.k)\(reflection.l).xy"
    try TestSession.write(rows.joined(separator: "\n") + "\n", to: path)
    let ends = [-0.99, 0.99].map { share in
      360 / Double.pi * asin(wavelength * (centre + share * (profile.offsets.last ?? 0)) / 2)
    }
    return (path, ends[0]...ends[1])
  }

  private func request(
    _ reflection: Reflection, _ path: String, _ window: ClosedRange<Double>?
  ) -> PeakRequest {
    PeakRequest(
      reflection: reflection,
      source: .line(
        LineRequest(
          line: .init(path: path, window: window), options: LineOptions(background: .flat))))
  }

  private func analyse(
    _ requests: [PeakRequest], _ radiation: Radiation?
  ) throws -> [PowderPeak] {
    try PowderPeak.analyse(
      requests, radiation: radiation, crystals: [.lithiumIronPhosphate],
      communicator: TestSession.communicator)
  }

  func testALineInTwoThetaComesBack() throws {
    let directory = try TestSession.scratch()
    let line = VirtualLine(size: 200, density: 3e-4)
    let reflection = Reflection(2, 1, 0)
    let (path, ends) = try lineFile(line, reflection, wavelength: 0.07, in: directory)
    let peaks = try analyse(
      [request(reflection, path, ends)], Radiation(wavelength: 0.07))
    XCTAssertEqual(peaks[0].density.value / 3e-4, 1, accuracy: 0.05)
    // The counts have no noise, and that is noticed.
    XCTAssertEqual(peaks[0].warnings.count, 1)
    XCTAssert(peaks[0].warnings[0].contains("smoothed"), peaks[0].warnings[0])
    let analysis = try XCTUnwrap(peaks[0].analysis)
    let expected = 1 / Crystal.lithiumIronPhosphate.cell.spacing(reflection)
    XCTAssertEqual(analysis.profile.centre, expected, accuracy: 1e-4)
    // The wavelength of Cu: the second line of the doublet lies within the window.
    let (copper, wide) = try lineFile(
      line, reflection, wavelength: 0.154059, in: try TestSession.scratch())
    let warned = try analyse(
      [request(reflection, copper, wide)], Radiation(wavelength: 0.154059))
    XCTAssert(warned[0].warnings.contains { $0.contains("Kα2") })
    XCTAssertNil(warned[0].analysis?.doubt)
    // Further off than the line is wide it is no line alone.
    let (narrow, window) = try lineFile(
      VirtualLine(size: 800, density: 2e-5), reflection, wavelength: 0.154059,
      in: try TestSession.scratch())
    let doubted = try analyse(
      [request(reflection, narrow, window)], Radiation(wavelength: 0.154059))
    XCTAssert(doubted[0].analysis?.doubt?.contains("Kα2") ?? false)
    XCTAssertNil(doubted[0].analysis?.size)
    XCTAssertEqual(doubted[0].analysis?.interval.lowerBound, 0)
    let stripped = try analyse(
      [request(reflection, copper, wide)],
      Radiation(wavelength: 0.154059, isMonochromatic: true))
    XCTAssertFalse(stripped[0].warnings.contains { $0.contains("Kα2") })
    // Another reflection's window is noticed.
    let other = try analyse(
      [request(Reflection(1, 1, 1), path, ends)], Radiation(wavelength: 0.07))
    XCTAssert(other[0].warnings.contains { $0.contains("is it this reflection") })
  }

  func testRequestsThatCannotBeAreRefused() throws {
    let directory = try TestSession.scratch()
    let line = VirtualLine(size: 200, density: 3e-4)
    let (path, window) = try lineFile(
      line, Reflection(2, 1, 0), wavelength: 0.07, in: directory)
    let radiation = Radiation(wavelength: 0.07)
    let one = request(Reflection(2, 1, 0), path, window)
    func message(_ requests: [PeakRequest], _ radiation: Radiation?) -> String {
      TestSession.message { _ = try analyse(requests, radiation) }
    }
    let middle = (window.lowerBound + window.upperBound) / 2
    let overlapping = request(Reflection(1, 1, 1), path, middle...window.upperBound)
    XCTAssert(message([one, overlapping], radiation).contains("overlap"))
    XCTAssert(message([one, one], radiation).contains("comes twice"))
    XCTAssert(message([one], Radiation(wavelength: 1.2)).contains("out of reach"))
    XCTAssert(message([one], nil).contains("wavelength"))
    XCTAssert(
      message([request(Reflection(2, 1, 0), path, 1...2)], radiation).contains("not within"))
    XCTAssert(message([request(Reflection(0, 0, 0), path, nil)], nil).contains("0 0 0"))
  }

  func testTheFileIsAsDeclared() throws {
    let directory = try TestSession.scratch()
    let line = VirtualLine(size: 200, density: 3e-4)
    let (path, window) = try lineFile(
      line, Reflection(2, 1, 0), wavelength: 0.07, in: directory)
    let peaks = try analyse(
      [
        request(Reflection(2, 1, 0), path, window),
        PeakRequest(
          reflection: Reflection(1, 0, 1), source: .stated(density: 2e-4, deviation: nil)),
      ], Radiation(wavelength: 0.07))
    let systems = Array(SlipSystem.labelledCandidates.prefix(4))
    let factors = try GeometricFactors.matrix(
      systems: systems, reflections: peaks.map(\.reflection), crystals: [.lithiumIronPhosphate],
      averaged: true)
    let found = Decomposition(
      try DecompositionProblem(
        labels: systems.map(\.label), factors: factors, effective: peaks.map(\.density.value)))
    let set = try AcceptableSet(
      found, .init(samples: 800, thinning: 5), communicator: TestSession.communicator)
    let result = PowderResult(
      peaks: peaks, crystals: [.lithiumIronPhosphate], systems: systems, factors: factors,
      decomposition: found, sensitivities: [], acceptable: set)
    let output = directory + "/d.h5"
    let file = try OutputFile(output, communicator: TestSession.communicator)
    try DiffractionWriter.write(result, to: file)
    try file.commit()
    let read = try InputFile(output, communicator: TestSession.communicator)
    let differences = try Formats.diffraction.differences(in: read)
    XCTAssertEqual(differences.map(\.line), [])
  }

  func testTheStudiesPass() throws {
    for study in DiffractionStudies.all {
      // Repeated draws tell nothing new on more ranks.
      if study.id == "B8", TestSession.communicator.size > 1 { continue }
      let directory = study.id == "B5" ? try TestSession.data("lpa-mines") + "/.." : "."
      let results = try study.run(
        StudyOptions(quick: true, dataDirectory: directory), TestSession.communicator, SilentLog())
      for result in results {
        XCTAssert(result.passed, "\(study.id) \(result.quantity): \(result.value)")
      }
    }
  }
}
