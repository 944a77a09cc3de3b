// SPDX-License-Identifier: Apache-2.0

import Images
import Import
import Numerics
import Parallel
import Physics

/// Rows C of the verification tables: images.
enum ImageStudies {
  static let all = [
    Study("C1", "import of the real 4D-STEM map against its tables", run: importOfRealMap),
    Study("C2", "frame check of the real 4D-STEM map", run: frameOfRealMap),
    Study("C6", "inverse gradient: linear fields, virtual specimens", run: inverseGradient),
  ]

  /// The real file against the tables that it was made from, which other code reads.
  @Sendable private static func importOfRealMap(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let folder = options.dataDirectory + "/lfp-4dstem-strain/"
    let found = try Importer.read(
      [folder + "strainmap_py4DSTEM_0.14.18.h5"], ImportOptions(), communicator: communicator,
      log: log)
    guard let map = found.first, found.count == 1 else {
      throw ParallelError(.input, "\(folder): found \(found.count) particles, expected 1")
    }
    // The file's x is the image row.
    let tables: [(Channel, String, Double)] = [
      (.strainCC, "e_xx", 0.01), (.strainAA, "e_yy", 0.01), (.strainAC, "e_xy", 0.01),
      (.rotation, "theta", -Double.pi / 180),
    ]
    var worst = 0.0
    for (channel, name, factor) in tables {
      let table = try RealMap.table(folder + name + ".csv", communicator)
      let values = try map.values(channel)
      for cell in map.numbering.ownCells {
        let (column, row) = map.layout.indices(cell)
        let distance = abs(values[cell] - factor * table[row][column])
        worst = distance.isNaN ? .infinity : max(worst, distance)
      }
    }
    let valid = map.numbering.globalCount - (try map.missing().any)
    return [
      StudyResult(
        "largest difference from the tables", try communicator.maximum(worst), atMost: 1e-7),
      StudyResult("valid pixels", Double(valid), target: 2438, tolerance: 0),
      StudyResult("pixel size [nm]", map.pixelSize, target: 49.5, tolerance: 0),
    ]
  }

  /// The real map as its CSV rows say it, through the importer's conventions.
  @Sendable private static func frameOfRealMap(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let image = try RealMap.image(options.dataDirectory, communicator)
    let check = try FrameCheck(image)
    let turned = try FrameCheck(RealMap.turned(image, degrees: -55))
    let flipped = try FrameCheck(RealMap.mirrored(image))
    return [
      StudyResult("angle of the smallest residual [degree]", check.angle, within: -4...4),
      StudyResult("rms gradient residual at it [%]", 100 * check.residual, within: 0.37...0.45),
      StudyResult(
        "the same as declared [%]", 100 * check.declaredResidual, within: 0.37...0.45),
      StudyResult(
        "declared with frame angle -55 degree [%]", 100 * turned.declaredResidual, target: 0.8,
        tolerance: 0.03),
      StudyResult(
        "declared with the rotation's sign flipped [%]", 100 * flipped.declaredResidual,
        target: 0.8, tolerance: 0.03),
    ]
  }

  @Sendable private static func inverseGradient(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let law = Truth.law
    let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress
    let specimen = try VirtualSpecimen(
      halfA: 1500, halfC: 780, cells: options.quick ? 60 : 120 * options.refine, law: law,
      stiffness: stiffness, communicator: communicator,
      composition: VirtualSpecimen.lamellae(period: 900, width: 123, angle: 0.55))
    var results = [try linearField(specimen, communicator)]
    for (pixelSize, limit) in [(16.6, 0.002), (49.5, 0.02)] {
      let (image, truth) = try specimen.image(
        name: "V", pixelSize: pixelSize, role: .train, communicator: communicator)
      let components = try Components(image)
      let found = try image.displacement(components)
      results.append(
        StudyResult(
          "error of the displacement at \(pixelSize) nm pixels [nm rms]",
          try rigidDistance(image, found, truth), atMost: limit))
    }
    return results
  }

  /// A linear displacement is integrated exactly: the trapezoid of a constant gradient.
  ///
  /// ∇d = [[ε_aa, ε_ac − θ], [ε_ac + θ, ε_cc]], so that d_a = 0.01 a + (0.005 − 0.003) c and
  /// d_c = (0.005 + 0.003) a − 0.02 c.
  private static func linearField(
    _ specimen: VirtualSpecimen, _ communicator: Communicator
  ) throws(ParallelError) -> StudyResult {
    var (image, truth) = try specimen.image(
      name: "L", pixelSize: 49.5, role: .train, communicator: communicator)
    func constant(_ value: Double) -> [Double] { image.mask.map { $0 ? value : .nan } }
    image.channels = [
      .strainAA: constant(0.01), .strainCC: constant(-0.02), .strainAC: constant(0.005),
      .rotation: constant(0.003),
    ]
    for cell in image.mask.indices where image.mask[cell] {
      let (i, j) = image.layout.indices(cell)
      let (a, c) = (Double(i) * 49.5, Double(j) * 49.5)
      truth.a[cell] = 0.01 * a + 0.002 * c
      truth.c[cell] = 0.008 * a - 0.02 * c
    }
    let found = try image.displacement(Components(image))
    return StudyResult(
      "linear field, relative error", try rigidDistance(image, found, truth) / 30, atMost: 1e-10)
  }

  /// The rms distance [nm] between a measured and a true displacement, rigid motion taken off.
  static func rigidDistance(
    _ image: ParticleImage, _ found: MeasuredDisplacement, _ truth: (a: [Double], c: [Double])
  ) throws(ParallelError) -> Double {
    // Difference = t_a, t_c and a small rotation: three unknowns of a linear fit.
    var rows: [(row: [Double], difference: Double)] = []
    for cell in image.numbering.ownCells {
      let (i, j) = image.layout.indices(cell)
      let (x, y) = (Double(i) / 100, Double(j) / 100)
      rows.append(([1, 0, -y], image.pixelSize * found.a[cell] - truth.a[cell]))
      rows.append(([0, 1, x], image.pixelSize * found.c[cell] - truth.c[cell]))
    }
    var sums = [Double](repeating: 0, count: 12)
    for (row, difference) in rows {
      for p in 0..<3 {
        for q in 0..<3 { sums[3 * p + q] += row[p] * row[q] }
        sums[9 + p] += row[p] * difference
      }
    }
    try image.communicator.reduce(&sums, .sum)
    let normal = NormalEquations(matrix: Array(sums[..<9]), rightSide: Array(sums[9...]))
    let fit: [Double]
    do { fit = try normal.solve().solution } catch {
      throw ParallelError(.input, "the rigid motion is not determined")
    }
    // The remainder itself, not the difference of two large sums.
    let remainder = rows.reduce(0) { sum, entry in
      let left = entry.difference - zip(entry.row, fit).reduce(0) { $0 + $1.0 * $1.1 }
      return sum + left * left
    }
    let total = try image.communicator.sum(remainder)
    return (total / Double(image.numbering.globalCount)).squareRoot()
  }
}

/// The law that the files under `virtual/` were made with.
enum Truth {
  static let law = EigenstrainLaw(
    quadraticA: (linear: -0.0494, bowing: 0.006), c: (linear: 0.0213, bowing: -0.003))

  /// The rms error of f' over X in [0, 1], relative to the rms of the true f' [%].
  static func derivativeError(_ law: EigenstrainLaw) -> (a: Double, c: Double) {
    var sums = (a: 0.0, c: 0.0, trueA: 0.0, trueC: 0.0)
    for step in 0...100 {
      let found = law.derivative(at: Double(step) / 100)
      let truth = Truth.law.derivative(at: Double(step) / 100)
      sums.a += (found.aa - truth.aa) * (found.aa - truth.aa)
      sums.c += (found.cc - truth.cc) * (found.cc - truth.cc)
      sums.trueA += truth.aa * truth.aa
      sums.trueC += truth.cc * truth.cc
    }
    return (100 * (sums.a / sums.trueA).squareRoot(), 100 * (sums.c / sums.trueC).squareRoot())
  }
}
