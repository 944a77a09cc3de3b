// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import Instruments
@testable import PhaseField

/// What the virtual microscope makes of material that is known.
///
/// Collective.
final class MicroscopeTests: XCTestCase {
  private let world = TestSession.communicator

  /// A block whose fields are functions of the place.
  private struct Block: Subject {
    var low = SIMD2(0.0, 0.0)
    var edge = SIMD2(2.0, 10.0)
    var counts = SIMD2(200, 6)
    var depth = 300.0
    var layers = 10
    var reference: Double { 1 }
    var law: EigenstrainLaw?
    var source: String { "block" }
    /// Share of material, X and strain at (a, c, b).
    var share: (SIMD3<Double>) -> Double = { _ in 1 }
    var composition: (SIMD3<Double>) -> Double = { _ in 0.5 }
    var strain: (SIMD3<Double>) -> Double = { _ in 0 }

    func visit(
      x: Range<Int>, y: Range<Int>, hasGradient: Bool,
      _ body: (SubjectLayer) throws(ParallelError) -> Void
    ) throws(ParallelError) {
      let height = depth / Double(layers)
      for layer in 0..<layers {
        let middle = (Double(layer) + 0.5) * height - depth / 2
        var places: [SIMD3<Double>] = []
        for j in y {
          for i in x {
            let at = low + edge * (SIMD2(Double(i), Double(j)) + 0.5)
            places.append(SIMD3(at.x, at.y, middle))
          }
        }
        try body(
          SubjectLayer(
            middle: middle, depth: height, share: places.map(share), thickness: [],
            composition: places.map(composition),
            gradient: hasGradient ? (0..<4).map { _ in places.map(strain) } : []))
      }
    }
  }

  /// Own pixels of the row through the middle, by their place along a.
  ///
  /// Collective.
  private func profile(_ image: ParticleImage, _ values: [Double]) throws -> [Double] {
    let layout = image.layout
    var line = [Double](repeating: 0, count: layout.columns)
    for cell in layout.ownCells {
      let (i, j) = layout.indices(cell)
      if j == layout.rows / 2 { line[i] = values[cell] }
    }
    try world.reduce(&line, .sum)
    return line
  }

  func testTiltedInterfaceLooksAsWideAsItsShadow() throws {
    // 300 nm tan 20° = 109.19 nm.
    var block = Block()
    block.composition = { $0.x < 200 ? 0 : 1 }
    for layers in [1, 10] {
      block.layers = layers
      for angle in [20 * degree, -20 * degree] {
        var microscope = Microscope()
        microscope.pixelSize = 10
        microscope.tilt.x = angle
        let image = try microscope.image(of: block, name: "P", communicator: world)
        let line = try profile(image, try image.values(.composition))
        // Every part of the way from 0 to 1 takes its share of the width.
        let inside = line.filter { $0 > 0.1 && $0 < 0.9 }
        let slope =
          (try XCTUnwrap(inside.last) - XCTUnwrap(inside.first)) / Double(inside.count - 1) / 10
        XCTAssertEqual(1 / slope, 109.19, accuracy: 1)
        let touched = line.count { $0 > 1e-9 && $0 < 1 - 1e-9 }
        XCTAssertEqual(10 * Double(touched), 109.19, accuracy: 15)
      }
    }
    var straight = Microscope()
    straight.pixelSize = 10
    let image = try straight.image(of: block, name: "P", communicator: world)
    XCTAssertEqual(
      try profile(image, try image.values(.composition)).count { $0 > 0 && $0 < 1 }, 0)
  }

  func testTiltTowardsCIsThatTowardsAWithAxesExchanged() throws {
    var block = Block()
    (block.edge, block.counts, block.depth) = (SIMD2(10, 10), SIMD2(40, 40), 100)
    block.composition = { $0.x < 170 ? 0 : 1 }
    var other = block
    other.composition = { $0.y < 170 ? 0 : 1 }
    var microscope = Microscope()
    microscope.pixelSize = 10
    microscope.tilt = SIMD2(0.5, 0)
    let alone = try world.split(color: world.rank)
    defer { alone.release() }
    let first = try microscope.image(of: block, name: "P", communicator: alone)
    microscope.tilt = SIMD2(0, 0.5)
    let second = try microscope.image(of: other, name: "P", communicator: alone)
    for cell in 0..<first.layout.cellCount {
      let (i, j) = first.layout.indices(cell)
      let mirrored = try XCTUnwrap(second.layout.cell(j, i))
      guard first.mask[cell], second.mask[mirrored] else { continue }
      XCTAssertEqual(
        try first.values(.composition)[cell], try second.values(.composition)[mirrored],
        accuracy: 1e-12)
    }
  }

  func testMeansAreThoseOfTheMaterial() throws {
    // Half of the depth is empty where a < 200: there the strain is that of the rest, and half as much
    // is seen.
    var block = Block()
    block.share = { $0.x < 200 && $0.z > 0 ? 0 : 1 }
    block.composition = { $0.z > 0 ? 0.9 : 0.3 }
    block.strain = { $0.z > 0 ? 0.02 : -0.01 }
    var microscope = Microscope()
    microscope.pixelSize = 20
    let image = try microscope.image(of: block, name: "P", communicator: world)
    for (channel, empty, full) in [
      (Channel.composition, 0.3, 0.6), (.strainAA, -0.01, 0.005), (.rotation, -0.01, 0.005),
    ] {
      let line = try profile(image, try image.values(channel))
      XCTAssertEqual(line[3], empty, accuracy: 1e-12)
      XCTAssertEqual(line[15], full, accuracy: 1e-12)
    }
    let thickness = try profile(image, try XCTUnwrap(image.thickness))
    XCTAssertEqual(thickness[3], 0.5, accuracy: 1e-12)
    XCTAssertEqual(thickness[15], 1, accuracy: 1e-12)
    // Blurred, a pixel mixes by material, not by area: at the step 1 of 2 parts against 1 of 1.
    // Far from the sides, where some goes past the block.
    block.counts.y = 60
    microscope.blur = 40
    let soft = try microscope.image(of: block, name: "P", communicator: world)
    let deep = try profile(soft, try XCTUnwrap(soft.thickness))
    let blurred = try profile(soft, try soft.values(.composition))
    let middle = try XCTUnwrap(deep.firstIndex { $0 > 0.75 })
    for place in [middle - 1, middle] {
      // p of the area has all the depth: t = (1 + p)/2, t X = 0.3/2 (1 − p) + 0.6 p.
      let part = 2 * deep[place] - 1
      XCTAssertEqual(
        blurred[place], (0.15 * (1 - part) + 0.6 * part) / deep[place], accuracy: 2e-3)
    }
  }

  func testBorderHoldsNothingOfTheVacuum() throws {
    var block = Block()
    block.share = { $0.x < 123 ? 0 : 1 }
    block.composition = { _ in 0.7 }
    block.strain = { _ in 0.02 }
    for (blur, probe) in [(0.0, 0.0), (30, 12)] {
      var microscope = Microscope()
      (microscope.pixelSize, microscope.blur, microscope.probe) = (17, blur, probe)
      let image = try microscope.image(of: block, name: "P", communicator: world)
      for cell in image.numbering.ownCells {
        XCTAssertEqual(try image.values(.composition)[cell], 0.7, accuracy: 1e-9)
        XCTAssertEqual(try image.values(.strainCC)[cell], 0.02, accuracy: 1e-10)
      }
    }
  }

  func testMaskBeginsAtTheCoverageAskedFor() throws {
    // The column of pixels from 100 to 120 nm is covered by 0.3 of it.
    var block = Block()
    block.share = { $0.x < 114 ? 0 : 1 }
    for (coverage, first) in [(0.5, 6), (0.31, 6), (0.29, 5), (0.1, 5)] {
      var microscope = Microscope()
      (microscope.pixelSize, microscope.coverage) = (20, coverage)
      let image = try microscope.image(of: block, name: "P", communicator: world)
      let line = try profile(image, image.mask.map { $0 ? 1 : 0 })
      XCTAssertEqual(line.firstIndex(of: 1), first)
      XCTAssertEqual(try profile(image, try XCTUnwrap(image.thickness))[5], 0.3, accuracy: 1e-12)
    }
  }

  func testNothingIsLostBetweenCellsAndPixels() throws {
    let noise = IndexedNoise(seed: 3)
    var turned = PlaneMap()
    (turned.alongA, turned.alongC) = (SIMD2(0.98, 0.1), SIMD2(-0.1, 0.98))
    turned.shift = SIMD2(13, -7)
    for map in [PlaneMap(), turned] {
      for (size, blur) in [(7.0, 0.0), (20, 0), (33, 25), (5, 11)] {
        let frame = PixelFrame(covering: SIMD2(-300, -300), to: SIMD2(500, 400), size: size)
        let layout = ImageLayout.even(rows: frame.rows, columns: frame.columns, on: world)
        var exposure = Exposure(frame, layout, blur: blur, map: map, count: 2)
        let cells = Exposure.Cells(
          low: .zero, edge: SIMD2(3, 4), x: 0..<40, y: 0..<21)
        let amounts = (0..<2 * 40 * 21).map { 1 + noise.uniform(stream: 0, index: $0) }
        exposure.add(amounts, of: cells)
        let area = 12 * (map.alongA * map.alongA).sum()
        for index in 0..<2 {
          var sum = 0.0
          for cell in layout.ownCells { sum += exposure.sums[2 * cell + index] * size * size }
          let all = try world.sum(sum)
          let expected =
            area * stride(from: index, to: amounts.count, by: 2).reduce(0) { $0 + amounts[$1] }
          XCTAssertEqual(all / expected, 1, accuracy: 3e-9, "\(size) \(blur)")
        }
      }
    }
  }

  func testThicknessOfAnImageKeepsTheVolume() throws {
    var block = Block()
    block.share = { $0.x < 100 && $0.z > 30 ? 0.25 : $0.y > 30 ? 1 : 0.5 }
    var volume = 0.0
    try block.visit(x: 0..<200, y: 0..<6, hasGradient: false) { layer throws(ParallelError) in
      volume += layer.depth * layer.share.reduce(0, +) * block.edge.x * block.edge.y
    }
    for (size, blur, tilt) in [(10.0, 0.0, 0.0), (23, 0, 0.3), (31, 20, 0), (12, 9, -0.4)] {
      var microscope = Microscope()
      (microscope.pixelSize, microscope.blur, microscope.tilt.x) = (size, blur, tilt)
      let image = try microscope.image(of: block, name: "P", communicator: world)
      let own = image.layout.ownCells
      let sum = try world.sum(own.reduce(0.0) { $0 + (image.thickness?[$1] ?? 0) })
      XCTAssertEqual(sum * size * size * block.depth / volume, 1, accuracy: 2e-6)
    }
  }

  func testMisregistrationMovesTheCompositionAlone() throws {
    var block = Block()
    (block.edge, block.counts) = (SIMD2(5, 5), SIMD2(80, 80))
    block.composition = { 0.5 + 0.001 * ($0.x - 200) + 0.0004 * ($0.y - 200) }
    block.strain = { 1e-4 * ($0.x - 200) }
    var microscope = Microscope()
    microscope.pixelSize = 20
    let (cosine, sine) = (cos(0.03), sin(0.03))
    microscope.misregistration = PlaneMap(
      alongA: SIMD2(cosine, sine), alongC: SIMD2(-sine, cosine), shift: SIMD2(12, -8))
    let image = try microscope.image(of: block, name: "P", communicator: world)
    for cell in image.numbering.ownCells {
      let (i, j) = image.layout.indices(cell)
      let place =
        SIMD2(image.origin[0], image.origin[1]) + 20 * SIMD2(Double(i), Double(j)) - SIMD2(200, 200)
      // Away from the border, which the map moves.
      guard abs(place.x) < 150, abs(place.y) < 150 else { continue }
      let back = place - SIMD2(12, -8)
      let seen = SIMD2(cosine * back.x + sine * back.y, cosine * back.y - sine * back.x)
      XCTAssertEqual(
        try image.values(.composition)[cell], 0.5 + 0.001 * seen.x + 0.0004 * seen.y,
        accuracy: 1e-4)
      XCTAssertEqual(try image.values(.strainAA)[cell], 1e-4 * place.x, accuracy: 1e-12)
    }
    XCTAssertEqual(image.truth?.misregistration, [cosine, -sine, 12, sine, cosine, -8])
  }

  func testMoreRanksThanLines() throws {
    var block = Block()
    (block.edge, block.counts) = (SIMD2(20, 20), SIMD2(2, 1))
    block.composition = { $0.x < 20 ? 0.2 : 0.4 }
    var microscope = Microscope()
    microscope.pixelSize = 40
    let image = try microscope.image(of: block, name: "P", communicator: world)
    XCTAssertEqual([image.layout.rows, image.layout.columns], [1, 1])
    let values = try image.values(.composition)
    let sum = try world.sum(image.numbering.ownCells.reduce(0.0) { $0 + values[$1] })
    XCTAssertEqual(sum, 0.3, accuracy: 1e-12)
  }

  func testPixelsThatCannotBeAreRefused() throws {
    var microscope = Microscope()
    for (size, words) in [(0.0, "positive"), (.nan, "positive"), (9, "edge of a cell")] {
      microscope.pixelSize = size
      XCTAssertThrowsError(
        try microscope.image(of: Block(), name: "P", communicator: world)
      ) { error in
        XCTAssert("\(error)".contains(words), "\(error)")
      }
    }
  }

  func testRunIsSeenAsItsOwnAveragesSayIt() throws {
    for periodic in [false, true] {
      try checkAverages(Directions(16, 8, 6), (periodic, periodic))
      try checkAverages(Directions(16, 8, 0), (periodic, false))
    }
  }

  private func checkAverages(
    _ elements: Directions<Int>, _ periodic: (x: Bool, y: Bool)
  ) throws {
    let setup = SimulationSetup(
      size: Directions(160, 80, 60), elements: elements,
      voids: [.sphere(centre: Directions(70, 40, 30), radius: 18)], periodic: periodic,
      model: .lithiumIronPhosphate(elastic: true), start: .front(at: 60, amplitude: 0.3))
    var steps = StepOptions()
    steps.tolerance = 1e-3
    let stepper = try setup.stepper(steps, world)
    let grid = stepper.system.grid
    for k in 0..<grid.layout.z {
      for j in 0..<grid.layout.y {
        for i in 0..<grid.layout.x {
          let (at, place) = (grid.position(i, j, k), grid.layout.index(i, j, k))
          let (x, y) = (2 * .pi * at.x / 160, 2 * .pi * at.y / 80)
          stepper.state[.composition][place] = 0.5 + 0.3 * sin(x) * cos(y) + 0.002 * at.z
          stepper.state[.displacementX][place] = 0.3 * sin(x) + 0.2 * cos(2 * y)
          stepper.state[.displacementY][place] = 0.1 * cos(x) * sin(y) + 0.001 * at.z
        }
      }
    }
    let path = try TestSession.scratch() + "/run.h5"
    var options = RunWriter.Options()
    options.storage = .double
    var writer = try RunWriter.start(path, stepper, options: options)
    writer.record(stepper, try stepper.summary(), seconds: 0)
    try writer.store(stepper, isLast: true)
    try writer.finish(.complete)
    let subject = try RunSubject(path, communicator: world)
    var microscope = Microscope()
    microscope.pixelSize = 10
    let image = try microscope.image(of: subject, name: "P", communicator: world)
    XCTAssertEqual(image.origin, [5, 5])
    XCTAssertEqual([image.layout.rows, image.layout.columns], [8, 16])
    let file = try InputFile(path, communicator: world)
    let volume = try file.numbers("/b_average/volume")
    for (channel, name) in [
      (Channel.composition, "composition"), (.strainAA, "total_aa"), (.strainCC, "total_cc"),
      (.strainAC, "total_ac"),
    ] {
      let expected = try file.numbers("/b_average/" + name)
      let values = try image.values(channel)
      for cell in image.numbering.ownCells {
        let (i, j) = image.layout.indices(cell)
        XCTAssertEqual(values[cell], expected[16 * j + i], accuracy: 1e-12, name)
        XCTAssertEqual(
          image.thickness?[cell] ?? 0, volume[16 * j + i] / 6000, accuracy: 1e-12)
      }
    }
    // ½(∂v_c/∂a − ∂u_a/∂c), the first near 2π/160 0.1 sin(x) sin(y).
    let rotation = try image.values(.rotation)
    for cell in image.numbering.ownCells {
      let (i, j) = image.layout.indices(cell)
      guard volume[16 * j + i] > 5999 else { continue }
      let (x, y) = (2 * .pi * (Double(i) + 0.5) / 16, 2 * .pi * (Double(j) + 0.5) / 8)
      // Differences over an element: sin(kh/2)/(kh/2) cos(k'h'/2) of the derivative.
      let slope = -0.1 * 2 * sin(.pi / 16) / 10 * cos(.pi / 8) * sin(x) * sin(y)
      let other = -0.2 * 2 * sin(.pi / 4) / 10 * sin(2 * y)
      XCTAssertEqual(rotation[cell], (slope - other) / 2, accuracy: 1e-12)
    }
  }
}
