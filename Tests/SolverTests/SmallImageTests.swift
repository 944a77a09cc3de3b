// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion

/// A particle of a few pixels gives every number of ranks what it gives one, or the same error.
///
/// Collective.
final class SmallImageTests: XCTestCase {
  private struct Shape {
    let rows: Int
    let columns: Int
    var inside: (Int, Int) -> Bool = { _, _ in true }
  }

  /// From one pixel on; two pixels in a wide empty frame; islands far apart.
  private let shapes = [
    Shape(rows: 1, columns: 1), Shape(rows: 1, columns: 2), Shape(rows: 2, columns: 2),
    Shape(rows: 3, columns: 3), Shape(rows: 12, columns: 10),
    Shape(rows: 9, columns: 9) { $1 == 4 && ($0 == 3 || $0 == 4) },
    Shape(rows: 16, columns: 5) { $1 == 7 || $1 == 8 || ($0 == 0 && $1 == 0) },
  ]

  private let law = EigenstrainLaw(
    quadraticA: (linear: -0.0494, bowing: 0.006), c: (linear: 0.0213, bowing: -0.003))

  /// Collective.
  private func image(_ shape: Shape, _ communicator: Communicator) throws -> ParticleImage {
    func composition(_ i: Int, _ j: Int) -> Double {
      0.5 + 0.4 * Double((7 * i + 3 * j) % 11) / 11
    }
    func strain(_ i: Int, _ j: Int) -> SymmetricTensor2 { law.strain(at: composition(i, j)) }
    var image = try DrawnImage.make(
      rows: shape.rows, columns: shape.columns, communicator: communicator, inside: shape.inside,
      channels: [
        .composition: composition, .strainAA: { strain($0, $1).aa },
        .strainCC: { strain($0, $1).cc }, .strainAC: { 1e-4 * Double(($0 + 2 * $1) % 3) },
        .rotation: { 1e-4 * Double((2 * $0 + $1) % 3) },
      ])
    image.sigmas[.composition] = [Double](repeating: 0.01, count: image.layout.cellCount)
    return image
  }

  /// The numbers of an answer, or the words of the error.
  private func answer(_ body: () throws -> [Double]) -> (numbers: [Double], refusal: String) {
    do { return (try body(), "") } catch { return ([], "\(error)") }
  }

  private func compare(
    _ what: String, _ body: (Shape, Communicator) throws -> [Double], line: UInt = #line
  ) throws {
    let world = TestSession.communicator
    let alone = try world.alone()
    for shape in shapes {
      let name = "\(what), \(shape.rows) x \(shape.columns)"
      let one = answer { try body(shape, alone) }
      let many = answer { try body(shape, world) }
      XCTAssertEqual(one.refusal, many.refusal, name, line: line)
      XCTAssertEqual(one.numbers.count, many.numbers.count, name, line: line)
      // Rounding of other orders of summation.
      let scale = one.numbers.reduce(1e-6) { max($0, $1.isFinite ? abs($1) : 0) }
      for (first, second) in zip(one.numbers, many.numbers) {
        XCTAssertEqual(first.isNaN, second.isNaN, name, line: line)
        XCTAssertLessThanOrEqual(
          first.isNaN ? 0 : abs(first - second), 1e-7 * scale, name, line: line)
      }
      // A refusal names the particle, or tells that the images say too little.
      if !one.refusal.isEmpty {
        XCTAssertTrue(
          one.refusal.contains("particle D") || one.refusal.contains("singular"),
          "\(name): \(one.refusal)", line: line)
      }
    }
  }

  func testLearningDoesNotDependOnRanksThatHoldNothing() throws {
    for (misfit, boundary) in [
      (Misfit.strain, ForwardModel.Boundary.free), (.displacement, .measured),
    ] {
      try compare("\(misfit)") { shape, communicator in
        var options = DrawnImage.options(misfit, boundary, terms: [1])
        options.models = [.m0, .m1]
        let learnt = try Learner(options, communicator: communicator, log: SilentLog()).learn(
          train: [try image(shape, communicator)], test: [])
        return [Model.m0, .m1].flatMap { model in
          learnt.selected(model).map { $0.law.a + $0.law.c } ?? []
        }
      }
    }
  }

  /// It must not be left to the last digits of the strain which combinations of unknowns count as known,
  /// nor which prior explains it best.
  func testTheLawOfExactStrainDoesNotDependOnItsLastDigits() throws {
    // In the rough image the correction for noise of the composition takes off more than there is; the
    // smooth one needs none and is known to all digits.
    let rough = (rows: 12, columns: 10, wave: (0.9, 0.7))
    let smooth = (rows: 24, columns: 20, wave: (0.15, 0.1))
    // The spread of ψ is inverted down to 1e-12 of its largest eigenvalue, where rounding of 1e-16 is
    // 1e-4: M0 gets there in the rough image.
    for (image, model, ofUnknowns, ofSpread) in [
      (rough, Model.m0, 1e-5, 2e-4), (rough, .m1, 1e-11, 1e-9),
      (smooth, .m0, 1e-7, 1e-6), (smooth, .m1, 1e-7, 5e-6),
    ] {
      let (first, second) = (
        try exactLaw(image, model, change: 0), try exactLaw(image, model, change: 1e-14)
      )
      for (one, other, bound) in [
        (first.law.unknowns, second.law.unknowns, ofUnknowns),
        (first.covariance, second.covariance, ofSpread),
        (first.dataShare, second.dataShare, ofSpread),
      ] {
        let change = zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
        let size = one.reduce(0) { max($0, abs($1)) }
        XCTAssertLessThanOrEqual(change, bound * size, "\(image), \(model)")
      }
    }
  }

  /// What is learnt from exact strain whose last digits are changed.
  private func exactLaw(
    _ shape: (rows: Int, columns: Int, wave: (Double, Double)), _ model: Model, change: Double
  ) throws -> FittedLaw {
    let law = law
    func composition(_ i: Int, _ j: Int) -> Double {
      0.5 + 0.4 * sin(shape.wave.0 * Double(i) + 0.3) * cos(shape.wave.1 * Double(j))
    }
    func touched(_ strain: Double, _ i: Int, _ j: Int) -> Double {
      strain * (1 + change * Double((5 * i + 3 * j) % 7 - 3))
    }
    let alone = try TestSession.communicator.alone()
    let image = try DrawnImage.make(
      rows: shape.rows, columns: shape.columns, communicator: alone,
      channels: [
        .composition: composition,
        .strainAA: { touched(law.strain(at: composition($0, $1)).aa, $0, $1) },
        .strainCC: { touched(law.strain(at: composition($0, $1)).cc, $1, $0) },
        .strainAC: { _, _ in 0 },
      ])
    var options = DrawnImage.options(.strain, .free, terms: [1, 2])
    options.models = [model]
    return try Learner(options, communicator: alone, log: SilentLog()).learn(
      train: [image], test: []
    ).law
  }

  func testResidualStrainDoesNotDependOnRanksThatHoldNothing() throws {
    for bin in [1, 2] {
      try compare("bins of \(bin)") { shape, communicator in
        let found = try ResidualStrain(
          try image(shape, communicator), options: ResidualFixture.options(law, bin: bin),
          log: SilentLog())
        return ResidualSummary.columns.map { $0.value(found.summary) }
      }
    }
  }

  func testFrameCheckDoesNotDependOnRanksThatHoldNothing() throws {
    try compare("frame") { shape, communicator in
      let check = try FrameCheck(try image(shape, communicator))
      return [check.residual, check.declaredResidual]
    }
  }

  /// More pixels than a frame needs: tiles of them tell it as well.
  func testFrameOfALargeImageIsToldByTiles() throws {
    let angle = 20 * Double.pi / 180
    let (cosine, sine) = (cos(2 * angle), sin(2 * angle))
    // u_a = sin(x/9) cos(y/13), u_c = cos(x/11) sin(y/7), x along a and y along c.
    func gradient(_ i: Int, _ j: Int) -> (aa: Double, cc: Double, ac: Double, rotation: Double) {
      let (x, y) = (Double(i), Double(j))
      let aa = 1e-3 * cos(x / 9) * cos(y / 13) / 9
      let cc = 1e-3 * cos(x / 11) * cos(y / 7) / 7
      let alongC = -1e-3 * sin(x / 9) * sin(y / 13) / 13
      let alongA = -1e-3 * sin(x / 11) * sin(y / 7) / 11
      return (aa, cc, (alongC + alongA) / 2, (alongA - alongC) / 2)
    }
    let check = try FrameCheck(
      try DrawnImage.make(
        rows: 260, columns: 300, communicator: TestSession.communicator,
        channels: [
          .strainAA: { i, j in
            let e = gradient(i, j)
            return (e.aa + e.cc) / 2 + (e.aa - e.cc) / 2 * cosine - e.ac * sine
          },
          .strainCC: { i, j in
            let e = gradient(i, j)
            return (e.aa + e.cc) / 2 - (e.aa - e.cc) / 2 * cosine + e.ac * sine
          },
          .strainAC: { i, j in
            let e = gradient(i, j)
            return (e.aa - e.cc) / 2 * sine + e.ac * cosine
          },
          .rotation: { i, j in gradient(i, j).rotation },
        ]))
    XCTAssertLessThan(check.pixels, FrameCheck.mostPixels)
    XCTAssertGreaterThan(check.pixels, FrameCheck.mostPixels / 4)
    XCTAssertEqual(abs(check.angle), 20, accuracy: 0.5)
    XCTAssertEqual(check.handedness, .right)
    XCTAssertLessThan(check.residual, 0.05 * check.declaredResidual)
    XCTAssertTrue(check.contradictsDeclared)
  }
}
