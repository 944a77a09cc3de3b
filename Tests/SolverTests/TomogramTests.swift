// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import PhaseField
@testable import Verification

/// Voxels as volume fractions: collective, on 1, 2 and 3 ranks.
final class TomogramTests: XCTestCase {
  private let size = Directions(60.0, 48, 36)
  private var communicator: Communicator { TestSession.communicator }

  private func setup(_ tomogram: Tomogram, removes: Bool = false) -> SimulationSetup {
    var setup = SimulationSetup(
      size: size, elements: Directions(20, 16, 12), voids: [], maps: [.tomogram(tomogram)],
      model: .lithiumIronPhosphate(elastic: false), start: .front(at: 30))
    setup.removesFragments = removes
    return setup
  }

  /// Voxels of `edge` nm from `origin` on, in the order b, c, a.
  private func voxels(
    _ counts: [Int], edge: Double, origin: Double, _ value: (Directions<Double>) -> Double
  ) -> [Double] {
    var values: [Double] = []
    for k in 0..<counts[2] {
      for j in 0..<counts[1] {
        for i in 0..<counts[0] {
          func at(_ index: Int) -> Double { origin + (Double(index) + 0.5) * edge }
          values.append(value(Directions(at(i), at(j), at(k))))
        }
      }
    }
    return values
  }

  private func write(
    _ values: [Double], _ shape: [Int], declared: [Double]? = nil
  ) throws -> String {
    let path = try TestSession.scratch() + "/scan.h5"
    let file = try OutputFile(path, communicator: communicator)
    try file.write("/scan", values, shape: shape)
    if let declared { try file.setAttribute("element_size_um", declared, of: "/scan") }
    try file.commit()
    return path
  }

  private func weights(_ tomogram: Tomogram) throws -> (StructuredGrid, VolumeFractions) {
    let setup = setup(tomogram)
    let grid = setup.grid(communicator)
    return (grid, try setup.fractions(grid))
  }

  /// The largest difference of the weights of own elements, in fractions of an element.
  private func difference(
    _ one: (StructuredGrid, VolumeFractions), _ other: VolumeFractions, _ grid: StructuredGrid
  ) throws -> Double {
    var largest = 0.0
    one.0.forOwnElements { place, i, j, k in
      let (x, y) = (one.0.own.x.lowerBound, one.0.own.y.lowerBound)
      let twin = grid.layout.index(x + i - grid.own.x.lowerBound, y + j - grid.own.y.lowerBound, k)
      let change = one.1.weights[0][place] - other.weights[0][twin]
      largest = max(largest, abs(change) / grid.elementVolume)
    }
    return try communicator.maximum(largest)
  }

  private func sphere(_ place: Directions<Double>) -> Double {
    let (x, y, z) = (place.x - 29, place.y - 25, place.z - 17)
    return (x * x + y * y + z * z).squareRoot() - 11
  }

  /// Whether voxels are the solid's share of them, as a detector has it, or its presence in the middle.
  private enum Voxel { case share, presence }

  /// Voxels of the solid, positive distances, from 0 to 1.
  private func scan(
    _ counts: [Int], edge: Double, origin: Double, _ kind: Voxel,
    _ distance: (Directions<Double>) -> Double
  ) -> [Double] {
    voxels(counts, edge: edge, origin: origin) { at in
      let middle = distance(at)
      guard kind == .share, abs(middle) < edge else { return middle > 0 ? 1 : 0 }
      var inside = 0
      for number in 0..<216 {
        func shift(_ index: Int) -> Double { (Double(index % 6) - 2.5) / 6 * edge }
        let part = Directions(
          at.x + shift(number), at.y + shift(number / 6), at.z + shift(number / 36))
        if distance(part) > 0 { inside += 1 }
      }
      return Double(inside) / 216
    }
  }

  func testAScannedSphereGivesTheCavitysEnergyAndColumns() throws {
    let radius = CavityProblem.radius
    for (kind, count) in [
      (Voxel.share, 8), (.share, 16), (.share, 32), (.presence, 8), (.presence, 16),
    ] {
      let edge = radius / Double(count)
      // The scan goes on beyond the box.
      let across = 3 * count + 16
      let origin = -8 * edge
      let values = scan([across, across, across], edge: edge, origin: origin, kind) { at in
        (at.x * at.x + at.y * at.y + at.z * at.z).squareRoot() - radius
      }
      let path = try write(values.map { 40 + 160 * $0 }, [across, across, across])
      let map = MaterialMap.tomogram(
        Tomogram(
          file: path, dataset: "scan", voxel: Directions(edge, edge, edge),
          origin: Directions(origin, origin, origin), surface: .init(threshold: 120)))
      let problem = try CavityProblem(cellsPerRadius: 8, communicator) {
        (grid) throws(ParallelError) in
        let fractions = VolumeFractions(grid)
        try map.multiply(fractions, grid)
        return fractions
      }
      _ = try problem.solve()
      let energy = abs(try problem.energyRatio() - 1)
      let columns = try problem.columnStrainErrors()
      let what = "\(kind) in voxels of R/\(count): energy \(energy), columns \(columns)"
      // The tolerances of row E7, at elements of R/8.
      XCTAssertLessThan(energy, 0.001, what)
      if kind == .share {
        // The exact fractions leave .0106 in a column that grazes the cavity; voxels add to that by
        // their square, so that those of R/16 are within the .011 of the row.
        XCTAssertLessThan(columns.largest, 0.0107 + 0.08 / Double(count * count), what)
        if count > 8 { XCTAssertLessThan(columns.largest, 0.011, what) }
        XCTAssertLessThan(columns.rms, 0.0015, what)
      } else {
        // Where the surface runs along voxels of two values it is known to half of one: a column
        // that grazes the cavity feels it.
        XCTAssertLessThan(columns.largest, 0.011 + 0.06 / Double(count), what)
        XCTAssertLessThan(columns.rms, count == 8 ? 0.002 : 0.0015, what)
      }
      if communicator.isFirst { print(what) }
    }
  }

  func testASmoothedSphereKeepsItsVolume() throws {
    let exact = 4 / 3 * Double.pi * 11 * 11 * 11
    for (kind, edge) in [(Voxel.share, 2.0), (.share, 1), (.presence, 2), (.presence, 1)] {
      let counts = [Int(76 / edge), Int(64 / edge), Int(52 / edge)]
      let values = scan(counts, edge: edge, origin: -8, kind, sphere)
      let path = try write(values, counts.reversed())
      let found = setup(
        Tomogram(
          file: path, dataset: "scan", voxel: Directions(edge, edge, edge),
          origin: Directions(-8, -8, -8), surface: .init(threshold: 0.5)))
      let solid = try found.geometry(communicator)
      let void = size.x * size.y * size.z - solid.volume
      let voxels = values.reduce(0) { $0 + 1 - $1 } * edge * edge * edge
      let what = "\(kind), \(edge) nm: \(void / exact - 1), of voxels \(voxels / exact - 1)"
      // A Gaussian of a voxel alone takes 3 s²/R² of it: 10 and 2.5 %.
      XCTAssertEqual(void, voxels, accuracy: (edge > 1 ? 0.012 : 0.003) * exact, what)
      XCTAssertEqual(solid.pores, 1)
      XCTAssertEqual(solid.porosity, solid.voidFraction, accuracy: 1e-12)
      if communicator.isFirst { print(what) }
    }
  }

  func testASphereAcrossAPeriodicSideIsThatInTheMiddle() throws {
    // Half the box away: ten elements along a, eight along c; voxels of two values, of which the scan
    // has three more at each side than the box.
    func fractions(
      _ centre: (Double, Double), edge: Double, _ communicator: Communicator
    ) throws -> (StructuredGrid, VolumeFractions) {
      let counts = [60, 48, 36].map { Int($0 / edge) + ($0 == 36 ? 0 : 6) }
      let origin = Directions(-3 * edge, -3 * edge, 0)
      var values: [Double] = []
      for k in 0..<counts[2] {
        for j in 0..<counts[1] {
          for i in 0..<counts[0] {
            // Beyond the box there is what no box repeats.
            let (x, y) = ((Double(i) - 2.5) * edge, (Double(j) - 2.5) * edge)
            func away(_ from: Double, _ size: Double) -> Double {
              from - size * (from / size).rounded()
            }
            let (dx, dy) = (away(x - centre.0, size.x), away(y - centre.1, size.y))
            let dz = (Double(k) + 0.5) * edge - 17
            let isInBox = x > 0 && x < size.x && y > 0 && y < size.y
            values.append(
              isInBox ? ((dx * dx + dy * dy + dz * dz).squareRoot() < 11 ? 0 : 1) : 0.2)
          }
        }
      }
      var setup = setup(
        Tomogram(
          file: try write(values, counts.reversed()), dataset: "scan",
          voxel: Directions(edge, edge, edge), origin: origin, surface: .init(threshold: 0.5)))
      setup.periodic = (true, true)
      let grid = setup.grid(communicator)
      return (grid, try setup.fractions(grid))
    }
    for edge in [2.0, 1] {
      let (grid, split) = try fractions((0.4, 47.7), edge: edge, communicator)
      let (whole, middle) = try fractions((30.4, 23.7), edge: edge, communicator.alone())
      var (largest, least) = (0.0, 1.0)
      grid.forOwnElements { place, i, j, k in
        let (x, y) = (grid.own.x.lowerBound + i + 10, grid.own.y.lowerBound + j + 8)
        let twin = whole.layout.index(x % 20, y % 16, k)
        let (one, other) = (split.weights[0][place], middle.weights[0][twin])
        largest = max(largest, abs(one - other) / grid.elementVolume)
        least = min(least, other / grid.elementVolume)
      }
      XCTAssertLessThan(try communicator.maximum(largest), 1e-12, "voxels of \(edge) nm")
      XCTAssertEqual(try communicator.minimum(least), 0)
    }
  }

  func testVoxelsAreTheSameInEveryOrderFileAndRank() throws {
    // No voxel is an element's, and no two directions are alike.
    let counts = [31, 25, 19]
    let values = voxels(counts, edge: 2, origin: -1) {
      (100 + 8 * min(12, max(-12, sphere($0)))).rounded()
    }
    var tomogram = Tomogram(
      file: try write(values, counts.reversed()), dataset: "scan", voxel: Directions(2, 2, 2),
      origin: Directions(-1, -1, -1), surface: .init(threshold: 100, smoothing: 2.5))
    let split = try weights(tomogram)
    // One rank alone has it to the last bit.
    let whole = try setup(tomogram).grid(communicator.alone())
    let alone = try setup(tomogram).fractions(whole)
    XCTAssertEqual(try difference(split, alone, whole), 0)
    // So has a rank that reads a layer of elements at a time.
    let layered = VolumeFractions(split.0)
    try MaterialMap.tomogram(tomogram).multiply(layered, split.0, holding: 1)
    XCTAssertEqual(try difference(split, layered, split.0), 0)
    // The same scan turned: a, b, c.
    var turned: [Double] = []
    for i in 0..<31 {
      for k in 0..<19 {
        for j in 0..<25 { turned.append(values[(k * 25 + j) * 31 + i]) }
      }
    }
    tomogram.file = try write(turned, [31, 19, 25])
    tomogram.axes = [.a, .b, .c]
    XCTAssertEqual(try difference(split, try weights(tomogram).1, split.0), 0)
    tomogram.axes = []
    tomogram.dataset = ""
    for sketch in [
      TIFFSketch(), TIFFSketch(isBigEndian: true, number: (1, 16), rowsPerStrip: 7),
      TIFFSketch(isLarge: true, number: (2, 32)), TIFFSketch(number: (3, 32), isImageJ: true),
      TIFFSketch(isBigEndian: true, isLarge: true, number: (3, 64), rowsPerStrip: 1),
    ] {
      tomogram.file = try scan(sketch.bytes(values, shape: counts.reversed()))
      XCTAssertEqual(try difference(split, try weights(tomogram).1, split.0), 0, "\(sketch)")
    }
    // Solid and pores change places.
    tomogram.surface?.solid = .below
    let inverse = try weights(tomogram)
    var sums = [0.0, 0]
    split.0.forOwnElements { place, _, _, _ in
      sums[0] += split.1.weights[0][place] + inverse.1.weights[0][place]
      sums[1] += split.0.elementVolume
    }
    XCTAssertEqual(sums[0], sums[1], accuracy: 1e-9 * sums[1])
  }

  func testMemoryCountsTheVoxelsOfARanksWindow() throws {
    let counts = [120, 96, 72]
    let values = voxels(counts, edge: 0.5, origin: 0, sphere)
    let tomogram = Tomogram(
      file: try write(values, counts.reversed()), dataset: "scan", surface: .init(threshold: 0))
    let setup = setup(tomogram)
    let voxels = try setup.voxels(communicator)
    func bytes(_ voxels: [VoxelExtent], _ ranks: Int) -> Double {
      MemoryEstimate(setup, voxels: voxels, ranks: ranks).largestRank - MemoryEstimate.libraries
    }
    let window = 16.0 * Double(counts.reduce(1, *))
    XCTAssertLessThan(bytes([], 1), 0.8 * window)
    XCTAssertGreaterThanOrEqual(bytes(voxels, 1), window)
    XCTAssertLessThan(bytes(voxels, 1), 1.7 * window)
    // Half of it, an element more, and the reach of the smoothing: 78 of 120 voxels.
    XCTAssertEqual(bytes(voxels, 2), window * 78 / 120, accuracy: 0.1 * window)
  }

  private func scan(_ bytes: [UInt8]) throws -> String {
    let path = try TestSession.scratch() + "/scan.tif"
    _ = try communicator.first { () throws(ParallelError) in
      FileManager.default.createFile(atPath: path, contents: Data(bytes)) ? "" : ""
    }
    return path
  }

  func testWhatIsNoTomogramIsRefused() throws {
    let counts = [30, 24, 18]
    let values = voxels(counts, edge: 2, origin: 0) { sphere($0) }
    let path = try write(values, counts.reversed(), declared: [0.002, 0.002, 0.002])
    let sound = Tomogram(file: path, dataset: "scan", surface: .init(threshold: 0))
    XCTAssertNoThrow(try setup(sound).geometry(communicator))
    func message(_ change: (inout Tomogram) throws -> Void) throws -> String {
      var changed = sound
      try change(&changed)
      let setup = setup(changed)
      return TestSession.message { _ = try setup.geometry(communicator) }
    }
    let rows: [(String, (inout Tomogram) throws -> Void)] = [
      ("parts nothing", { $0.surface?.threshold = 900 }),
      ("outside 0 to 1", { $0.surface = nil }),
      ("declares 2.0 nm", { $0.voxel = Directions(20, 20, 20) }),
      ("found no b", { $0.voxel = Directions(2, 2, .infinity) }),
      ("look at tomogram.voxel", { $0.origin = Directions(30, 0, 0) }),
      ("look at tomogram.voxel", { $0.axes = [.a, .c, .b] }),
      ("expected a, c and b", { $0.axes = [.a, .c] }),
      ("is missing", { $0.dataset = "other" }),
    ]
    for (expected, change) in rows {
      let found = try message(change)
      XCTAssertTrue(found.contains(expected), "\(expected): \(found)")
    }
    let far = try message {
      $0.file = try write(values, counts.reversed())
      $0.voxel = Directions(2000, 2000, 2000)
    }
    XCTAssertTrue(far.contains("more than half the box"), far)
    var hole = values
    hole[200] = .nan
    let missing = try message { $0.file = try write(hole, counts.reversed()) }
    XCTAssertTrue(missing.contains("not finite"), missing)
    let flat = try message { $0.file = try write(hole, [18, 24 * 30]) }
    XCTAssertTrue(flat.contains("expected (z, y, x)"), flat)
    // Pages that are cut short, compressed, or none.
    let bytes = TIFFSketch(number: (3, 32)).bytes(values, shape: counts.reversed())
    for (expected, bytes) in [
      ("truncated", Array(bytes.prefix(bytes.count / 2))),
      ("compression 5", TIFFSketch(compression: 5).bytes(values, shape: counts.reversed())),
      ("pixels of 64 bits", TIFFSketch(number: (1, 64)).bytes(values, shape: counts.reversed())),
      ("not a TIFF", Array("just a text".utf8)), ("not a TIFF", []),
    ] {
      let found = try message { ($0.file, $0.dataset) = (try scan(bytes), "") }
      XCTAssertTrue(found.contains(expected), "\(expected): \(found)")
    }
  }

  func testFragmentsAreTakenOutAndPoresCounted() throws {
    // A slab with three holes, of which two touch, and two specks of solid beside it.
    let balls = [(15.0, 12.0, 9.0, 5.0), (42, 20, 9, 5), (48, 20, 9, 5)]
    let specks = [(15.0, 40.0, 30.0, 4.0), (45, 12, 30, 3)]
    let values = voxels([60, 48, 36], edge: 1, origin: 0) { at in
      func away(_ ball: (Double, Double, Double, Double)) -> Double {
        let (x, y, z) = (at.x - ball.0, at.y - ball.1, at.z - ball.2)
        return (x * x + y * y + z * z).squareRoot() - ball.3
      }
      var distance = 18 - at.z
      for ball in balls { distance = min(distance, away(ball)) }
      for speck in specks { distance = max(distance, -away(speck)) }
      return distance
    }
    let tomogram = Tomogram(
      file: try write(values, [36, 48, 60]), dataset: "scan", surface: .init(threshold: 0))
    let kept = setup(tomogram)
    let message = TestSession.message { _ = try kept.geometry(communicator) }
    XCTAssertTrue(message.contains("3 parts") && message.contains("remove keeps"), message)
    let solid = try setup(tomogram, removes: true).geometry(communicator)
    XCTAssertEqual(solid.fragments.count, 2)
    let ball = 4 / 3 * Double.pi
    XCTAssertEqual(solid.fragments.volume, ball * (64 + 27), accuracy: 0.03 * ball * 91)
    // Two overlap by 2 caps of height 2.
    let lens = 2 * Double.pi * 4 * (15 - 2) / 3
    let expected = 60 * 48 * 18 - 3 * ball * 125 + lens
    XCTAssertEqual(solid.volume, expected, accuracy: 2e-3 * expected)
    // Two pores, and the empty half above the slab.
    XCTAssertEqual(solid.pores, 3)
    XCTAssertEqual(solid.porosity, 1 - expected / (60 * 48 * 36), accuracy: 2e-3)
    let sentence = solid.sentence ?? ""
    XCTAssertTrue(sentence.contains("in 3 pores; taken out: 2 fragments"), sentence)
  }
}
