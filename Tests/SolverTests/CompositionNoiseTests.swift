// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Inversion
@testable import Verification

/// Noise of the composition: its size, its draws, and what it does to the normal equations.
///
/// Collective.
final class CompositionNoiseTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }

  /// A flat particle with two levels and white noise.
  private func noisy(_ sigma: Double, isKnown: Bool) throws -> ParticleImage {
    var image = try DrawnImage.make(
      rows: 40, columns: 60, communicator: communicator,
      channels: [
        .composition: { i, _ in i < 30 ? 0.05 : 0.95 }, .strainAA: { _, _ in 0.001 },
        .strainCC: { _, _ in 0.001 }, .strainAC: { _, _ in 0 },
      ]
    ).withNoise(strain: 0, composition: sigma, seed: 4)
    if isKnown { image.sigmas[.composition] = image.mask.map { $0 ? sigma : .nan } }
    return image
  }

  func testRoughnessTellsTheNoise() throws {
    let noise = try XCTUnwrap(
      noisy(0.05, isKnown: false).compositionNoise(DrawnImage.options(.strain, .free)))
    // The median of some 2,300 differences tells a deviation to 2.5 %.
    XCTAssertEqual(noise.level, 0.05, accuracy: 0.1 * 0.05)
    XCTAssertEqual(noise.source, .roughness)
    XCTAssertEqual(noise.width, 0)
  }

  func testAKnownSizeAndTheRoughnessTellHowFarNoiseIsSmeared() throws {
    let white = try XCTUnwrap(
      noisy(0.05, isKnown: true).compositionNoise(DrawnImage.options(.strain, .free)))
    XCTAssertEqual(white.width, 0)
    XCTAssertEqual(white.level, 0.05, accuracy: 1e-12)
    for width in [0.7, 1.5] {
      var image = try noisy(0, isKnown: false)
      let drawn = try CompositionNoise(
        image, sigma: image.mask.map { $0 ? 0.05 : 0 }, width: width, source: .given,
        composition: image.values(.composition), seed: 3
      ).draw(0)
      image.channels[.composition] = try zip(image.values(.composition), drawn).map { $0 + $1 }
      image.sigmas[.composition] = image.mask.map { $0 ? 0.05 : .nan }
      let found = try XCTUnwrap(
        image.compositionNoise(DrawnImage.options(.strain, .free)))
      XCTAssertEqual(found.width, width, accuracy: 0.1 * width)
      image.correlationLengths[.composition] = 2.5
      XCTAssertEqual(
        try image.compositionNoise(DrawnImage.options(.strain, .free))?.width, 2.5)
    }
  }

  func testResponseToEigenstrainsAndItsTransposeAgree() throws {
    var image = try DrawnImage.specimen(communicator: communicator)
    image.thickness = image.numbering.number.map { 0.6 + 0.1 * Double($0 % 5) }
    let options = DrawnImage.options(.strain, .free)
    let composition = try image.values(.composition)
    var forward = try ForwardModel(
      image, components: Components(image), stiffness: options.elements(composition),
      measured: nil)
    let elements = forward.elements
    let points = elements.points.count
    let noise = IndexedNoise(seed: 2)
    func eigenstrain(_ cell: Int, _ point: Int) -> Double {
      noise.normal(stream: 50 + point, index: image.numbering.number[cell])
    }
    let fields = try forward.responses(columns: 1, isLifted: false) { cell, basis in
      for point in 0..<points { basis[point] = eigenstrain(cell, point) }
    }
    let weights = (0..<6).map { DrawnImage.random(image, stream: $0) }
    let adjoint = try forward.eigenstrainTransposed([weights])[0]
    var sums = [Double](repeating: 0, count: 5)
    var response = [Double](repeating: 0, count: 2 * points)
    for (pixel, cell) in image.numbering.ownCells.enumerated() {
      adjoint.evaluate(
        pixel, elements[cell], thickness: elements.thickness(cell), into: &response)
      for direction in 0..<2 {
        for field in ForwardModel.Field.allCases {
          let product = weights[field.rawValue][cell] * fields[field, direction, pixel]
          sums[direction] += product
          sums[4] += abs(product)
        }
        for point in 0..<points {
          sums[2 + direction] += response[direction * points + point] * eigenstrain(cell, point)
        }
      }
    }
    try communicator.reduce(&sums, .sum)
    XCTAssertEqual(sums[0], sums[2], accuracy: 1e-10 * sums[4])
    XCTAssertEqual(sums[1], sums[3], accuracy: 1e-10 * sums[4])
  }

  func testTheCorrectedMatrixIsUnbiased() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "counted on one rank")
    let clean = try DrawnImage.specimen(communicator: communicator)
    for model in [Model.m0, .m1] {
      var options = DrawnImage.options(.strain, .free, terms: [3])
      options.models = [model]
      func matrices(_ image: ParticleImage) throws -> (corrected: [Double], plain: [Double]) {
        let noise = try image.compositionNoise(options)
        let particle = try PreparedParticle(
          image, isTraining: true, options: options, weighsBySigma: false, noise: noise,
          log: SilentLog())
        let combined = try XCTUnwrap(CombinedEquations(model, [particle]))
        return (combined.corrected.matrix, combined.plain.matrix)
      }
      let truth = try matrices(clean).plain
      let draws = 12
      var mean = (corrected: [Double](repeating: 0, count: 36), plain: 0.0)
      var square = mean.corrected
      for draw in 0..<draws {
        var image = clean.withNoise(strain: 0, composition: 0.07, seed: 30 + draw)
        image.sigmas[.composition] = image.mask.map { $0 ? 0.07 : .nan }
        image.correlationLengths[.composition] = 0
        let found = try matrices(image)
        for index in 0..<36 {
          mean.corrected[index] += found.corrected[index] / Double(draws)
          square[index] += found.corrected[index] * found.corrected[index] / Double(draws)
        }
        // The third term along a: noise changes it most.
        mean.plain += found.plain[14] / Double(draws)
      }
      for index in 0..<36 {
        let scatter = max(0, square[index] - mean.corrected[index] * mean.corrected[index])
        let error = (scatter / Double(draws - 1)).squareRoot()
        let size = (truth[index / 6 * 7] * truth[index % 6 * 7]).squareRoot()
        XCTAssertEqual(
          mean.corrected[index], truth[index], accuracy: 4.5 * error + 1e-3 * size,
          "\(model) \(index)")
      }
      XCTAssertGreaterThan(abs(mean.plain / truth[14] - 1), 0.05, "\(model)")
    }
  }

  /// First derivatives alone give a spread that is a quarter too wide here.
  func testTheSpreadOfALawUnderNoisyCompositionIsTheReportedOne() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "counted on one rank")
    let law = EigenstrainLaw(
      quadraticA: (linear: -0.0494, bowing: 0.006), c: (linear: 0.0213, bowing: -0.003))
    func composition(_ i: Int, _ j: Int) -> Double {
      0.5 + 0.48 * Double((i + 2 * j) % 24 - 12) / 12
    }
    let clean = try DrawnImage.make(
      rows: 20, columns: 30, communicator: communicator,
      channels: [
        .composition: composition, .strainAA: { law.strain(at: composition($0, $1)).aa },
        .strainCC: { law.strain(at: composition($0, $1)).cc }, .strainAC: { _, _ in 0 },
      ])
    var options = DrawnImage.options(.strain, .free, terms: [2])
    options.models = [.m0]
    let draws = 360
    var sums = [Double](repeating: 0, count: 6)
    for draw in 0..<draws {
      var image = clean.withNoise(strain: 3.5e-3, composition: 0.15, seed: 700 + draw)
      image.sigmas[.composition] = image.mask.map { $0 ? 0.15 : .nan }
      image.correlationLengths[.composition] = 0
      let fit = try Learner(options, communicator: communicator, log: SilentLog())
        .learn(train: [image], test: []).law
      let value = fit.law.derivative(at: 0.25)
      let spread = fit.law.variance(at: 0.25, covariance: fit.covariance)
      for (index, number) in [
        value.aa, value.aa * value.aa, spread.derivativeA, value.cc, value.cc * value.cc,
        spread.derivativeC,
      ].enumerated() { sums[index] += number / Double(draws) }
    }
    for (start, axis) in [(0, "a"), (3, "c")] {
      let scatter = sums[start + 1] - sums[start] * sums[start]
      // So many draws tell a deviation to 3.7 %.
      XCTAssertEqual((scatter / sums[start + 2]).squareRoot(), 1, accuracy: 0.11, axis)
    }
  }

  func testTheCorrectedLawDoesNotDependOnTheRanks() throws {
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    var options = DrawnImage.options(.gradient, .free, terms: [2])
    for width in [0, 1.2] {
      var laws: [FittedLaw] = []
      for ranks in [communicator, alone] {
        var image = try DrawnImage.specimen(communicator: ranks)
          .withNoise(strain: 1e-3, composition: 0.05, seed: 3)
        image.correlationLengths[.composition] = width
        options.sigmaComposition = 0.05
        laws.append(
          try Learner(options, communicator: ranks, log: SilentLog()).learn(
            train: [image], test: []
          ).law)
      }
      for (first, second) in zip(laws[0].law.unknowns, laws[1].law.unknowns) {
        XCTAssertEqual(first, second, accuracy: 1e-9 * 0.03)
      }
      for (first, second) in zip(laws[0].covariance, laws[1].covariance) {
        XCTAssertEqual(first, second, accuracy: 1e-7 * laws[1].covariance[0])
      }
    }
  }

  /// The mesh errs on the composition itself: noise of X must not pass for an error of the mesh.
  func testMeshErrorDoesNotGrowWithTheNoise() throws {
    try XCTSkipIf(TestSession.isOneOfMany, "without communication")
    let options = DrawnImage.options(.strain, .free, terms: [3])
    let clean = try DrawnSpecimen(
      pixels: 1500, place: 0, law: { (-0.0494 * (1 - $0), 0.0213 * (1 - $0)) },
      communicator)
    let noisy = try clean.noisy(.init(strain: 1e-4, composition: 0.1), seed: 3, stream: 0)
    func error(_ image: ParticleImage) throws -> Double {
      let particle = try PreparedParticle(
        image, isTraining: true, options: options, weighsBySigma: false,
        noise: try image.compositionNoise(options), isRefined: true, log: SilentLog())
      let combined = try XCTUnwrap(CombinedEquations(.m1, [particle]))
      let change = combined.mesh(try combined.corrected.solve(terms: 3).law.unknowns)
      return change.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let (found, limit) = (try error(noisy), 3 * (try error(clean.image)))
    XCTAssertLessThan(found, limit)
  }
}
