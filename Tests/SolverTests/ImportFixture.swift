// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport
import XCTest

@testable import Images
@testable import Import

/// A small map with a hole, a dead pixel and different numbers in every channel, for writing foreign
/// files and knowing what must come out.
struct ImportFixture {
  let rows = 7
  let columns = 5

  var shape: [Int] { [rows, columns] }

  func isInside(_ i: Int, _ j: Int) -> Bool { i > 0 && j > 0 && !(i == 3 && j == 2) }

  /// A channel in the file's own convention, as a fraction or in radians.
  func value(_ label: String, _ i: Int, _ j: Int) -> Double {
    let (x, y) = (Double(i), Double(j))
    return switch label {
    case "e_xx": 0.010 + 0.001 * x - 0.0003 * y
    case "e_yy": -0.040 + 0.0005 * x * y
    case "e_xy": 0.002 * x - 0.001 * y
    case "theta": 0.003 - 0.0007 * x + 0.0001 * y
    case "mask": isInside(i, j) ? 1 : 0
    case "error": .nan
    default: 7
    }
  }

  /// What the stack must hold.
  func expected(_ name: String, _ i: Int, _ j: Int) -> Double {
    guard isInside(i, j) else { return .nan }
    return switch name {
    case "e_cc": value("e_xx", i, j)
    case "e_aa": value("e_yy", i, j)
    case "e_ac": value("e_xy", i, j)
    default: -value("theta", i, j)
    }
  }

  /// All pixels of a channel, row by row.
  func image(_ label: String, factor: Double = 1) -> [Double] {
    (0..<rows).flatMap { i in (0..<columns).map { factor * value(label, i, $0) } }
  }

  /// All pixels of a channel, column by column, as MATLAB stores them.
  func transposed(_ label: String, factor: Double = 1) -> [Double] {
    (0..<columns).flatMap { j in (0..<rows).map { factor * value(label, $0, j) } }
  }

  /// Checks a particle against the fixture, on all ranks together.
  func check(
    _ particle: ParticleImage, tolerance: Double = 1e-12, file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    XCTAssertEqual(particle.layout.rows, rows, file: file, line: line)
    XCTAssertEqual(particle.layout.columns, columns, file: file, line: line)
    XCTAssertEqual(particle.numbering.globalCount, 23, file: file, line: line)
    XCTAssertEqual(
      particle.maps, Channel.gradient.map(ImageMap.channel), file: file, line: line)
    let worst = try ImportFixture.difference(particle) { expected($0.name, $1, $2) }
    XCTAssertLessThanOrEqual(worst, tolerance, file: file, line: line)
  }

  /// The largest difference from `expected`, by map, row and column, over the held cells of any rank;
  /// infinite where only one of two is NaN.
  static func difference(
    _ particle: ParticleImage, _ expected: (ImageMap, Int, Int) -> Double
  ) throws -> Double {
    var worst = 0.0
    for map in particle.maps {
      for (cell, value) in (particle[map] ?? []).enumerated() {
        let (column, row) = particle.layout.indices(cell)
        let right = expected(map, row, column)
        if value.isNaN != right.isNaN {
          worst = .infinity
        } else if !value.isNaN {
          worst = max(worst, abs(value - right))
        }
      }
    }
    return try TestSession.communicator.maximum(worst)
  }

  /// A held value of an image by row and column; infinite where there is none.
  static func value(_ image: ParticleImage, _ map: ImageMap, _ row: Int, _ column: Int) -> Double {
    guard let cell = image.layout.cell(column, row) else { return .infinity }
    return image[map]?[cell] ?? .infinity
  }

  /// Imports one file and gives its only particle.
  static func importOne(
    _ path: String, _ options: ImportOptions = ImportOptions()
  ) throws -> ParticleImage {
    let particles = try Importer.read(
      [path], options, communicator: TestSession.communicator, log: SilentLog())
    XCTAssertEqual(particles.count, 1)
    return try XCTUnwrap(particles.first)
  }
}

/// A log whose sentences a test can read.
final class ListeningLog: RunLog {
  var sentences: [String] = []
  var lines: [String] = []
  func note(_ sentence: @autoclosure () -> String) { sentences.append(sentence()) }
  func warn(_ sentence: @autoclosure () -> String) { sentences.append(sentence()) }
  func progress(_ line: @autoclosure () -> String) { lines.append(line()) }
}
