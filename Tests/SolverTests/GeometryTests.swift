// SPDX-License-Identifier: Apache-2.0

import Formats
import Numerics
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Images
@testable import PhaseField

/// Geometry as volume fractions, the connected solid, and planes: collective, on 1, 2 and 3 ranks.
final class GeometryTests: XCTestCase {
  private func setup(
    _ elements: Directions<Int> = Directions(24, 16, 12), outline: Shape? = nil,
    voids: [Shape] = [], periodic: (x: Bool, y: Bool) = (false, false)
  ) -> SimulationSetup {
    SimulationSetup(
      size: Directions(120, 80, 60), elements: elements, outline: outline, voids: voids,
      periodic: periodic, model: .lithiumIronPhosphate(elastic: false),
      start: .front(at: 60))
  }

  private func volume(_ setup: SimulationSetup) throws -> Double {
    try setup.geometry(TestSession.communicator).volume
  }

  private let box = 120.0 * 80 * 60

  func testEveryNodeHasOneRankOnGridsThatAreTooSmallForAll() {
    for size in 1...16 {
      for (x, y) in [(2, 2), (3, 3), (5, 5), (9, 3), (2, 40), (130, 3)] {
        var owners = [Int](repeating: 0, count: x * y)
        var idle = 0
        for rank in 0..<size {
          let split = RankSplit(rank: rank, size: size, nodes: (x, y), periodic: (false, false))
          let (own, other) = (split.range(x: x), split.range(y: y))
          if own.isEmpty || other.isEmpty {
            idle += 1
          } else {
            XCTAssert(own.count >= 2 && other.count >= 2, "\(size) ranks, \(x) x \(y)")
          }
          for i in own { for j in other { owners[j * x + i] += 1 } }
        }
        XCTAssertEqual(owners, [Int](repeating: 1, count: x * y), "\(size) ranks, \(x) x \(y)")
        XCTAssertLessThan(idle, size)
      }
    }
  }

  func testVoidsOfEveryKindHaveTheirVolume() throws {
    let centre = Directions(57.0, 41, 29)
    let rows: [(Shape, Double)] = [
      (.sphere(centre: centre, radius: 18), 4 / 3 * Double.pi * 18 * 18 * 18),
      (
        .ellipsoid(centre: centre, radii: Directions(30, 12, 20)),
        4 / 3 * Double.pi * 30 * 12 * 20
      ),
      (.ellipsoid(centre: centre, radii: Directions(50, 6, 25)), 4 / 3 * Double.pi * 50 * 6 * 25),
      (.cylinder(a: 57, c: 41, radius: 18), Double.pi * 18 * 18 * 60),
      (.box(centre: centre, size: Directions(31, 23, 17)), 31 * 23 * 17),
    ]
    for (shape, expected) in rows {
      // Eight cells an element: second order in a cell.
      XCTAssertEqual(
        box - (try volume(setup(voids: [shape]))), expected, accuracy: 3e-3 * expected, shape.name)
    }
    // Two that overlap count once: a box inside a sphere takes nothing.
    let both = [rows[0].0, .box(centre: centre, size: Directions(10, 10, 10))]
    XCTAssertEqual(
      try volume(setup(voids: both)), try volume(setup(voids: [rows[0].0])), accuracy: 1e-9 * box)
  }

  func testSectionsInTwoDimensionsHaveTheirArea() throws {
    let plane = Directions(48, 32, 0)
    let disc = try setup(plane, voids: [.sphere(centre: Directions(60, 40, 0), radius: 20)])
      .geometry(TestSession.communicator).volume
    XCTAssertEqual(box - disc, Double.pi * 400 * 60, accuracy: 1e-3 * Double.pi * 400 * 60)
  }

  func testOutlinesHaveTheAreaOfTheirPolygon() throws {
    let centre = SIMD2(60.0, 40)
    let turned = Polygon([
      SIMD2(10, 8), SIMD2(95, 17), SIMD2(110, 70), SIMD2(60, 40), SIMD2(20, 66),
    ])
    let polygons: [Polygon] = [
      .diamond(centre: centre, extents: SIMD2(110, 50)),
      .hexagon(centre: centre, extents: SIMD2(116, 48), tip: 48 / 2 * 10.45 / 4.74), turned,
    ]
    XCTAssertEqual(polygons[0].area, 110 * 50 / 2, accuracy: 1e-9)
    for polygon in polygons {
      for elements in [Directions(48, 32, 0), Directions(24, 16, 12)] {
        let found = try volume(setup(elements, outline: .prism(polygon)))
        XCTAssertEqual(found, polygon.area * 60, accuracy: 2e-3 * polygon.area * 60)
      }
    }
    let ellipse = Shape.ellipsoid(
      centre: Directions(60, 40, 0), radii: Directions(50, 30, .infinity))
    XCTAssertEqual(
      try volume(setup(outline: ellipse)), Double.pi * 1500 * 60,
      accuracy: 2e-3 * Double.pi * 1500 * 60)
  }

  func testVoidsReachOverPeriodicSides() throws {
    let corner = Shape.sphere(centre: Directions(0, 0, 30), radius: 18)
    let middle = Shape.sphere(centre: Directions(60, 40, 30), radius: 18)
    let expected = try volume(setup(voids: [middle], periodic: (true, true)))
    XCTAssertEqual(
      try volume(setup(voids: [corner], periodic: (true, true))), expected, accuracy: 1e-9 * box)
    XCTAssertGreaterThan(try volume(setup(voids: [corner])), expected)
  }

  func testMapsAreAveragedOverElements() throws {
    let communicator = TestSession.communicator
    let path = try TestSession.scratch() + "/map.h5"
    // Voxels of 120/7, 80/5, 60/3 nm, none of them an element's.
    let values: [Double] = (0..<105).map { index in Double(index * 37 % 11) / 10 }
    let file = try OutputFile(path, communicator: communicator)
    try file.write("/scan", values, shape: [3, 5, 7])
    try file.write("/bad", values.map { 2 * $0 }, shape: [3, 5, 7])
    try file.commit()
    var mapped = setup(Directions(24, 16, 12))
    mapped.maps = [.tomogram(Tomogram(file: path, dataset: "/scan"))]
    let mean = values.reduce(0, +) / Double(values.count)
    let grid = mapped.grid(communicator)
    let fractions = try mapped.fractions(grid)
    XCTAssertEqual(try mapped.geometry(communicator).volume, mean * box, accuracy: 1e-9 * box)
    // Element 3 along x, 0 along y and z lies in voxels 0 and 1: 15–17.14 and 17.14–20.
    if grid.own.x.contains(3) && grid.own.y.contains(0) {
      let place = grid.layout.index(3 - grid.own.x.lowerBound, 0, 0)
      let share = (120.0 / 7 - 15) / 5
      let expected = share * values[0] + (1 - share) * values[1]
      XCTAssertEqual(
        fractions.weights[0][place] / grid.elementVolume, expected, accuracy: 1e-12)
    }
    mapped.maps = [.tomogram(Tomogram(file: path, dataset: "/bad"))]
    let message = TestSession.message { _ = try mapped.geometry(communicator) }
    XCTAssertTrue(message.contains("outside 0 to 1"), message)
    mapped.elements.z = 0
    let flat = TestSession.message { _ = try mapped.geometry(communicator) }
    XCTAssertTrue(flat.contains("(y, x)"), flat)
  }

  func testAMaskIsTheOutlineOfItsParticle() throws {
    let communicator = TestSession.communicator
    let path = try TestSession.scratch() + "/stack.h5"
    let mask: [Double] = (0..<200).map { index in index % 17 == 5 ? 0 : 1 }
    let file = try OutputFile(path, communicator: communicator)
    try file.setAttribute("format", Formats.stack.name)
    try file.setAttribute("version", [1], as: .integer)
    try file.write("/P2/mask", mask, shape: [10, 20])
    try file.setAttribute("pixel_size", [5.5], of: "/P2")
    try file.commit()
    var masked = setup(Directions(48, 32, 0))
    masked.maps = [.mask(file: path, particle: "P2")]
    let expected = mask.reduce(0, +) * 5.5 * 5.5 * 60
    XCTAssertEqual(try masked.geometry(communicator).volume, expected, accuracy: 1e-9 * box)
    masked.size.x = 100
    let message = TestSession.message { _ = try masked.geometry(communicator) }
    XCTAssertTrue(message.contains("spans"), message)
  }

  func testAMaskLiesInTheMiddleOfALargerBox() throws {
    let communicator = TestSession.communicator
    let path = try TestSession.scratch() + "/stack.h5"
    let file = try OutputFile(path, communicator: communicator)
    try file.setAttribute("format", Formats.stack.name)
    try file.setAttribute("version", [1], as: .integer)
    // An L: its own middle is not the image's.
    let mask: [Double] = (0..<72).map { $0 / 12 < 2 || $0 % 12 < 3 ? 1 : 0 }
    try file.write("/P/mask", mask, shape: [6, 12])
    try file.setAttribute("pixel_size", [5.0], of: "/P")
    try file.commit()
    var masked = setup(Directions(48, 32, 0))
    masked.maps = [.mask(file: path, particle: "P")]
    let grid = masked.grid(communicator)
    let fractions = try masked.fractions(grid)
    var sums = [0.0, 0, 0]
    for j in 0..<min(grid.own.y.count, grid.elements.y - grid.own.y.lowerBound) {
      for i in 0..<min(grid.own.x.count, grid.elements.x - grid.own.x.lowerBound) {
        let weight = fractions.weights[0][grid.layout.index(i, j, 0)]
        sums[0] += weight
        sums[1] += weight * (Double(grid.own.x.lowerBound + i) + 0.5) * grid.spacing.x
        sums[2] += weight * (Double(grid.own.y.lowerBound + j) + 0.5) * grid.spacing.y
      }
    }
    try communicator.reduce(&sums, .sum)
    var middle = [0.0, 0, 0]
    for (index, value) in mask.enumerated() {
      middle[0] += value
      middle[1] += value * (Double(index % 12) + 0.5) * 5
      middle[2] += value * (Double(index / 12) + 0.5) * 5
    }
    // The image of 60 × 30 nm leaves 30 and 25 nm on each side of the box of 120 × 80 nm.
    XCTAssertEqual(sums[1] / sums[0], 30 + middle[1] / middle[0], accuracy: 1e-9)
    XCTAssertEqual(sums[2] / sums[0], 25 + middle[2] / middle[0], accuracy: 1e-9)
  }

  func testSolidInPartsIsRefused() throws {
    let wall = Shape.box(
      centre: Directions(50, 40, 30), size: Directions(20, .infinity, .infinity))
    let message = TestSession.message {
      _ = try setup(voids: [wall]).geometry(TestSession.communicator)
    }
    XCTAssertTrue(message.contains("2 parts"), message)
    XCTAssertTrue(message.contains("60.0 %, 40.0 %"), message)
    // Over a periodic side the two are one.
    XCTAssertNoThrow(
      try setup(voids: [wall], periodic: (true, false)).geometry(TestSession.communicator))
  }

  func testASpiralOfSolidIsOnePart() throws {
    // Walls from alternating sides: labels have to walk through all ranks and back.
    let walls = (1...5).map { number in
      Shape.box(
        centre: Directions(20.0 * Double(number), number.isMultiple(of: 2) ? 50 : 30, 30),
        size: Directions(8, 60, .infinity))
    }
    XCTAssertNoThrow(
      try setup(Directions(48, 32, 0), voids: walls).geometry(TestSession.communicator))
    let closed =
      walls + [
        .box(centre: Directions(60, 70, 30), size: Directions(8, 20, .infinity))
      ]
    let message = TestSession.message {
      _ = try setup(Directions(48, 32, 0), voids: closed).geometry(TestSession.communicator)
    }
    XCTAssertTrue(message.contains("2 parts"), message)
  }

  func testPolygonsThatAreNoneAreNamed() {
    let cross = Polygon([SIMD2(0, 0), SIMD2(10, 10), SIMD2(10, 0), SIMD2(0, 10)])
    XCTAssertTrue(cross.problem?.contains("edge 1 crosses edge 3") ?? false, "\(cross)")
    XCTAssertTrue(Polygon([SIMD2(0, 0), SIMD2(1, 0)]).problem?.contains("3") ?? false)
    XCTAssertNotNil(Polygon([SIMD2(0, 0), SIMD2(5, 0), SIMD2(9, 0)]).problem)
    XCTAssertNotNil(Polygon([SIMD2(0, 0), SIMD2(0, 0), SIMD2(9, 3)]).problem)
    XCTAssertNil(Polygon([SIMD2(0, 0), SIMD2(10, 0), SIMD2(10, 10), SIMD2(5, 2)]).problem)
  }

  func testWhatTheConstantsTellIsRefused() throws {
    func message(_ change: (inout SimulationSetup) -> Void) -> String {
      var changed = setup()
      changed.start = .front(at: 60)
      change(&changed)
      return TestSession.message { _ = try changed.check() }
    }
    let far = Shape.sphere(centre: Directions(400, 0, 0), radius: 10)
    XCTAssertTrue(message { $0.voids = [far] }.contains("void 1, a sphere"))
    // In the box, but not in the outline.
    let outline = Shape.prism(.diamond(centre: SIMD2(60, 40), extents: SIMD2(110, 70)))
    let corner = Shape.sphere(centre: Directions(10, 10, 30), radius: 8)
    XCTAssertTrue(
      message {
        $0.outline = outline
        $0.voids = [corner]
      }.contains("outside the particle"))
    let wide = Shape.prism(.diamond(centre: SIMD2(60, 40), extents: SIMD2(130, 70)))
    XCTAssertTrue(message { $0.outline = wide }.contains("inside the box"))
    XCTAssertTrue(message { $0.start = .front(at: -1) }.contains("start.position"))
    XCTAssertTrue(message { $0.start.mean = 0.2 }.contains("between 0 and 1"))
    XCTAssertTrue(
      message {
        $0.start.mean = 0.995
        $0.start.pattern = .noise(amplitude: 0.01, seed: 1)
      }.contains("between 0 and 1"))
  }

  func testElementsAcrossTheInterfaceCountTheNarrowestDirection() throws {
    var resolved = setup(Directions(48, 32, 24))
    resolved.start = .front(at: 60)
    // 13.329 nm over 2.5 nm; κ_b is a hundred times larger.
    XCTAssertEqual(try XCTUnwrap(resolved.elementsAcross), 13.329 / 2.5, accuracy: 1e-3)
    XCTAssertEqual(try resolved.check(), [])
    resolved.model.kappa.z = 1.34
    XCTAssertEqual(try XCTUnwrap(resolved.elementsAcross), 4.215 / 2.5, accuracy: 1e-3)
    let warnings = try resolved.check()
    XCTAssertTrue(warnings.first?.contains("1.69 elements wide") ?? false, "\(warnings)")
  }

  func testUniformBodyInPlaneStrainPaysForItsDepthOnly() throws {
    let material = Material.lithiumIronPhosphate
    for (plane, modulus) in [(ElasticModel.Plane.stress, 0.0), (.strain, depthModulus(material))] {
      var uniform = setup(Directions(12, 8, 0))
      uniform.model.elasticity = ElasticModel(material, plane: plane, sitesPerVolume: 13.76)
      uniform.start.mean = 0.4
      uniform.start.pattern = .noise(amplitude: 0, seed: 1)
      let stepper = try uniform.stepper(StepOptions(), TestSession.communicator)
      // Free in its plane, it is under uniaxial stress along b: ½ E_b ε⁰_bb² per volume.
      let strain = 0.6 * material.eigenstrain.b
      let expected = 0.5 * modulus / 13.76 * strain * strain * box
      XCTAssertEqual(
        stepper.energy.elastic, expected, accuracy: 1e-9 * max(expected, 1), plane.rawValue)
    }
  }

  /// Young's modulus along b, by the inverse of the stiffness's normal block.
  private func depthModulus(_ material: Material) -> Double {
    let c = material.stiffness
    let minor = c.c11 * c.c33 - c.c13 * c.c13
    let determinant =
      c.c22 * minor - c.c12 * (c.c12 * c.c33 - c.c13 * c.c23)
      + c.c23 * (c.c12 * c.c13 - c.c11 * c.c23)
    return determinant / minor
  }

  func testALawOfOneTermIsTheLinearEigenstrain() throws {
    let material = Material.lithiumIronPhosphate
    let linear = ElasticModel(material, plane: nil, sitesPerVolume: 13.76)
    let table = try XCTUnwrap(PhaseFieldModel.lithiumIronPhosphate(elastic: true).elasticity)
    XCTAssertEqual(linear.stiffness, table.stiffness)
    XCTAssertEqual(linear.eigenstrain, table.eigenstrain)
    let law = EigenstrainLaw(quadraticA: (-0.05, 0.01), c: (0.02, 0))
    let learned = ElasticModel(material, law: law, plane: nil, sitesPerVolume: 13.76)
    // f_a = −0.05 (1 − X) + 0.01 X (1 − X) = 0.05 s − 0.01 (s + s²) with s = X − 1.
    XCTAssertEqual(learned.eigenstrain.x[0], 0.04, accuracy: 1e-16)
    XCTAssertEqual(learned.eigenstrain.x[1], -0.01, accuracy: 1e-16)
    XCTAssertEqual(learned.eigenstrain.z, [material.eigenstrain.b])
  }

  func testNoiseAndWavesDoNotDependOnTheRanks() throws {
    var noisy = setup(Directions(24, 16, 0))
    noisy.start.pattern = .noise(amplitude: 0.1, seed: 7)
    let grid = noisy.grid(TestSession.communicator)
    // Node (5, 3) has number 3 × 25 + 5.
    let draw = IndexedNoise(seed: 7).uniform(stream: 0, index: 80)
    XCTAssertEqual(
      noisy.start.composition(Directions(25, 15, 0), grid), 0.5 + 0.1 * (2 * draw - 1),
      accuracy: 1e-15)
    noisy.start.pattern = .waves([
      .init(amplitude: 0.1, vector: Directions(0.1, -0.2, 0), phase: 0.3)
    ])
    XCTAssertEqual(
      noisy.start.composition(Directions(25, 15, 0), grid), 0.5 + 0.1 * cosine(2.5 - 3 + 0.3),
      accuracy: 1e-15)
  }

  func testPeriodicSpinodalKeepsItsContentAndLosesEnergy() throws {
    var wavy = setup(Directions(24, 16, 0), periodic: (true, true))
    let k = 2 * Double.pi
    wavy.start.pattern = .waves([
      .init(amplitude: 0.05, vector: Directions(k / 120 * 2, k / 80, 0))
    ])
    var options = StepOptions()
    options.firstStep = 1e-3
    let stepper = try wavy.stepper(options, TestSession.communicator)
    var last = stepper.energy.chemical
    for _ in 0..<15 {
      try stepper.advance(to: 1e9)
      XCTAssertLessThan(stepper.energy.chemical, last + 1e-9 * abs(last))
      last = stepper.energy.chemical
    }
    let drift = try stepper.massDrift()
    XCTAssertLessThan(abs(drift), 1e-12)
  }

  func testMemoryIsSharedByTheRanksAndStaysBelowTheGoal() {
    var large = setup(Directions(128, 48, 24))
    large.model = .lithiumIronPhosphate(elastic: true)
    let (one, four) = (MemoryEstimate(large, ranks: 1), MemoryEstimate(large, ranks: 4))
    XCTAssertEqual(one.largestRank, one.total)
    XCTAssertGreaterThan(4 * four.largestRank, four.total * (1 - 1e-12))
    // Ghosts and padding cost, libraries are in each.
    let fields = one.total - MemoryEstimate.libraries
    XCTAssertLessThan(four.total - 4 * MemoryEstimate.libraries, 1.5 * fields)
    // Row F6: 800 bytes per unknown.
    XCTAssertLessThan(fields / Double(large.degreesOfFreedom), 800)
  }

  func testARunStartsFromACheckpoint() throws {
    let communicator = TestSession.communicator
    let path = try TestSession.scratch() + "/first.checkpoint.h5"
    var first = setup(Directions(24, 16, 0))
    first.start = .front(at: 60)
    let stepper = try first.stepper(StepOptions(), communicator)
    try stepper.writeCheckpoint(path, effectiveCase: "")
    var second = first
    second.start.pattern = .stored(file: path, dataset: "")
    let resumed = try second.stepper(StepOptions(), communicator)
    XCTAssertEqual(resumed.energy.chemical, stepper.energy.chemical)
    second.elements = Directions(12, 16, 0)
    let message = TestSession.message {
      _ = try second.stepper(StepOptions(), communicator)
    }
    XCTAssertTrue(message.contains("shape"), message)
  }
}
