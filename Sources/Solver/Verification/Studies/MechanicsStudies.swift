// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Inversion
import Numerics
import Parallel
import Physics

/// Rows D1 and D2 of the verification tables: plane-stress elasticity on pixels.
enum MechanicsStudies {
  static let all = [
    Study("D1", "six-node triangles: patch test, order, rigid modes", run: elements),
    Study("D2", "circular and elliptic inclusion in a plate", run: inclusions),
  ]

  private static let lfp = Material.lithiumIronPhosphate.stiffness.planeStress

  /// A square image of `side` pixels with a composition.
  private static func square(
    _ side: Int, _ communicator: Communicator, composition: (Int, Int) -> Double
  ) throws(ParallelError) -> ParticleImage {
    let layout = ImageLayout.balanced(
      rows: side, columns: side, pixelsPerLine: [Int](repeating: side, count: side),
      rank: communicator.rank, size: communicator.size)
    let values = (0..<layout.cellCount).map { cell in
      let (i, j) = layout.indices(cell)
      return composition(i, j)
    }
    return try ParticleImage(
      name: "square", file: "virtual", pixelSize: 1, origin: [0, 0], role: .train,
      layout: layout, mask: [Bool](repeating: true, count: layout.cellCount),
      channels: [.composition: values], communicator: communicator)
  }

  /// Quadratic triangles have displacements of third order in the pixel, strains of second.
  @Sendable private static func elements(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let sides = options.quick ? [8, 16] : [16, 32, 64 * options.refine]
    let errors = try sides.map { (side) throws(ParallelError) in
      try manufactured(side, communicator)
    }
    let steps = zip(errors, errors.dropFirst())
    let ratio = log2(Double(sides[sides.count - 1]) / Double(sides[sides.count - 2]))
    let last = Array(steps)[errors.count - 2]
    return [
      StudyResult("patch test: strain error", try patch(communicator), atMost: 1e-11),
      StudyResult(
        "order of the displacement (L2)",
        log2(last.0.displacement / last.1.displacement) / ratio, within: 2.9...3.2),
      StudyResult(
        "order of the strain (L2)", log2(last.0.strain / last.1.strain) / ratio,
        within: 1.9...2.1),
      StudyResult("motions without energy", Double(rigidModes), target: 3, tolerance: 0),
      StudyResult("asymmetry of the stiffness", asymmetry, atMost: 1e-14),
    ]
  }

  /// A uniform eigenstrain in a free body of any shape is its strain, without stress.
  private static func patch(_ communicator: Communicator) throws(ParallelError) -> Double {
    let image = try square(9, communicator) { _, _ in 0 }
    var model = try ForwardModel(
      image, components: Components(image), stiffness: ElementField(lfp), measured: nil)
    let fields = try model.responses(
      terms: 1, reference: 1, composition: image.values(.composition))
    var worst = 0.0
    for pixel in 0..<fields.pixelCount {
      // L_1(−1) − L_1(1) = −2.
      worst = max(worst, abs(fields[.strainAA, 0, pixel] + 2), abs(fields[.strainCC, 0, pixel]))
      worst = max(worst, abs(fields[.strainCC, 1, pixel] + 2), abs(fields[.strainAC, 1, pixel]))
    }
    return try communicator.maximum(worst)
  }

  /// The nullity of an element's stiffness: two translations and a rotation, and no motion of zero
  /// energy beside them, as too few quadrature points would leave.
  private static var rigidModes: Int {
    let element = PixelElement(lfp)
    do {
      _ = try NormalEquations(
        matrix: element.stiffness, rightSide: [Double](repeating: 0, count: 16)
      ).solve()
      return 0
    } catch { return error.unknowns - error.rank }
  }

  private static var asymmetry: Double {
    let matrix = PixelElement(lfp).fullStiffness
    let count = PixelElement.fullCount
    let largest = matrix.map(abs).max() ?? 1
    var worst = 0.0
    for row in 0..<count {
      for column in 0..<row {
        worst = max(worst, abs(matrix[row * count + column] - matrix[column * count + row]))
      }
    }
    return worst / largest
  }

  /// u = w (1, 0.7) with w = sin²πx sin²πy on the unit square: its gradient vanishes on the outline,
  /// so that the outline is free of traction and the pinned corners do not move.
  private static func manufactured(
    _ side: Int, _ communicator: Communicator
  ) throws(ParallelError) -> (displacement: Double, strain: Double) {
    let image = try square(side, communicator) { _, _ in 0 }
    let element = PixelElement(lfp)
    let h = 1 / Double(side)
    var model = try ForwardModel(
      image, components: Components(image), stiffness: ElementField(lfp), measured: nil)
    func fullLoad(_ cell: Int) -> [Double] {
      let (i, j) = image.layout.indices(cell)
      var load = [Double](repeating: 0, count: PixelElement.fullCount)
      visitPoints(i, j, h) { place, shape, _, _, weight, nodes in
        let force = bodyForce(place.x, place.y)
        for k in 0..<6 {
          // Displacements are in units of the side, lengths too: the force carries one side more.
          load[2 * nodes[k]] += weight * h * shape[k] * force.a
          load[2 * nodes[k] + 1] += weight * h * shape[k] * force.c
        }
      }
      return load
    }
    let boundary = try model.boundaryUnknowns { cell, load in
      load = element.condensed(load: fullLoad(cell))
    }
    var sums = [0.0, 0.0]
    for (pixel, cell) in image.numbering.ownCells.enumerated() {
      let (i, j) = image.layout.indices(cell)
      let values = element.recovered(
        boundary: Array(boundary[16 * pixel..<16 * pixel + 16]), load: fullLoad(cell))
      visitPoints(i, j, h) { place, shape, alongA, alongC, weight, nodes in
        var u = (a: 0.0, c: 0.0)
        var strain = (aa: 0.0, cc: 0.0, ac: 0.0)
        for k in 0..<6 {
          let (a, c) = (values[2 * nodes[k]], values[2 * nodes[k] + 1])
          u.a += h * shape[k] * a
          u.c += h * shape[k] * c
          strain.aa += alongA[k] * a
          strain.cc += alongC[k] * c
          strain.ac += (alongC[k] * a + alongA[k] * c) / 2
        }
        let w = sin2(place.x).value * sin2(place.y).value
        let wx = sin2(place.x).first * sin2(place.y).value
        let wy = sin2(place.x).value * sin2(place.y).first
        sums[0] += weight * h * h * (pow(u.a - w, 2) + pow(u.c - 0.7 * w, 2))
        sums[1] +=
          weight * h * h
          * (pow(strain.aa - wx, 2) + pow(strain.cc - 0.7 * wy, 2)
            + 2 * pow(strain.ac - (wy + 0.7 * wx) / 2, 2))
      }
    }
    try communicator.reduce(&sums, .sum)
    return (sums[0].squareRoot(), sums[1].squareRoot())
  }

  /// Runs over the quadrature points of a pixel's triangles.
  private static func visitPoints(
    _ i: Int, _ j: Int, _ h: Double,
    _ visit: (
      _ place: (x: Double, y: Double), _ shape: [Double], _ alongA: [Double], _ alongC: [Double],
      _ weight: Double, _ nodes: [Int]
    ) -> Void
  ) {
    for triangle in PixelElement.triangles {
      let corners = triangle[..<3].map { PixelElement.nodes[$0] }
      for point in QuadraticTriangle.quadrature {
        let (alongA, alongC, area) = QuadraticTriangle.gradient(
          corners: corners, point.l0, point.l1, point.l2)
        let l = [point.l0, point.l1, point.l2]
        let x = zip(l, corners).reduce(0) { $0 + $1.0 * $1.1.a }
        let y = zip(l, corners).reduce(0) { $0 + $1.0 * $1.1.c }
        visit(
          (h * (Double(i) + 0.5 + x), h * (Double(j) + 0.5 + y)),
          QuadraticTriangle.shape(point.l0, point.l1, point.l2), alongA, alongC,
          point.weight * area, triangle)
      }
    }
  }

  /// sin²πx with its first and second derivatives.
  private static func sin2(_ x: Double) -> (value: Double, first: Double, second: Double) {
    (
      pow(sin(.pi * x), 2), .pi * sin(2 * .pi * x), 2 * .pi * .pi * cos(2 * .pi * x)
    )
  }

  /// −div C ε(u) for u = w (1, 0.7), w = p(x) q(y), in plane stress.
  ///
  /// With the paper's constants (3.8, 3.9)
  ///
  ///     −f_a = α u_a,aa + β u_c,ac + ω (u_a,cc + u_c,ac)
  ///     −f_c = γ u_c,cc + β u_a,ac + ω (u_c,aa + u_a,ac),
  ///
  /// where ω = C55 multiplies the engineering shear u_a,c + u_c,a.
  private static func bodyForce(_ x: Double, _ y: Double) -> (a: Double, c: Double) {
    let (p, q) = (sin2(x), sin2(y))
    let xx = p.second * q.value
    let yy = p.value * q.second
    let xy = p.first * q.first
    return (
      -(lfp.alpha * xx + lfp.beta * 0.7 * xy + lfp.shear * (yy + 0.7 * xy)),
      -(lfp.gamma * 0.7 * yy + lfp.beta * xy + lfp.shear * (xy + 0.7 * xx))
    )
  }

  /// Eshelby's inclusion: uniform strain and stress inside an ellipse of eigenstrain.
  ///
  /// In an unbounded plate (Eshelby, Proc. R. Soc. A 241 (1957) 376; Mura, Micromechanics of
  /// Defects in Solids) the strain inside is the mean over the outline's parameter θ of what a
  /// layer normal to n has,
  ///
  ///     ε = ⟨sym n ⊗ (n·C·n)⁻¹·(C:ε⁰)·n⟩,  n ∥ (cos θ/A, sin θ/C) for half axes A and C,
  ///
  /// and σ = C:(ε − ε⁰). The targets are this mean for the plane-stress stiffness of LiFePO4 and
  /// ε⁰ = (0.0505, −0.019). Plates of 30 and more radii stand for the unbounded one.
  @Sendable private static func inclusions(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    let circle = try inclusion((3.5, 3.5, 211), communicator)
    // 1 % of the eigenstrain and of the stress.
    let (strain, stress) = (0.01 * 0.0505, 0.01 * 2.14)
    let round = [
      StudyResult("circle: strain aa", circle.strain.aa, target: 0.033715, tolerance: strain),
      StudyResult("circle: strain cc", circle.strain.cc, target: -0.013200, tolerance: strain),
      StudyResult(
        "circle: stress aa [GPa]", circle.stress.aa, target: -2.13806, tolerance: stress),
      StudyResult(
        "circle: stress cc [GPa]", circle.stress.cc, target: 0.12399, tolerance: stress),
    ]
    if options.quick { return round }
    let ellipse = try inclusion((10, 5, 301), communicator)
    return round + [
      StudyResult("ellipse: strain aa", ellipse.strain.aa, target: 0.025017, tolerance: strain),
      StudyResult("ellipse: strain cc", ellipse.strain.cc, target: -0.012610, tolerance: strain),
      StudyResult(
        "ellipse: stress aa [GPa]", ellipse.stress.aa, target: -3.3517, tolerance: stress),
      StudyResult(
        "ellipse: stress cc [GPa]", ellipse.stress.cc, target: -0.1691, tolerance: stress),
    ]
  }

  /// The mean over pixels that lie with their neighbours in the ellipse (next to its sharp edge the
  /// composition is no parabola); pixels on the edge carry its share of their area.
  private static func inclusion(
    _ size: (alongA: Double, alongC: Double, side: Int), _ communicator: Communicator
  ) throws(ParallelError) -> (strain: SymmetricTensor2, stress: SymmetricTensor2) {
    let middle = Double(size.side) / 2
    let image = try square(size.side, communicator) { i, j in
      var inside = 0
      for p in 0..<32 {
        for q in 0..<32 {
          let x = (Double(i) + (Double(p) + 0.5) / 32 - middle) / size.alongA
          let y = (Double(j) + (Double(q) + 0.5) / 32 - middle) / size.alongC
          if x * x + y * y < 1 { inside += 1 }
        }
      }
      return 1 - Double(inside) / 1024
    }
    let eigenstrain = SymmetricTensor2(aa: 0.0505, cc: -0.019, ac: 0)
    let law = EigenstrainLaw(a: [-0.0505 / 2], c: [0.019 / 2])
    var model = try ForwardModel(
      image, components: Components(image), stiffness: ElementField(lfp), measured: nil)
    let composition = try image.values(.composition)
    let fields = try model.responses(terms: 1, reference: 1, composition: composition)
    var sums = [0.0, 0, 0, 0]
    for (pixel, cell) in image.numbering.ownCells.enumerated()
    where composition[cell] == 0
      && neighbours(of: cell, image).allSatisfy({ composition[$0] == 0 })
    {
      for (index, field) in [ForwardModel.Field.strainAA, .strainCC, .strainAC].enumerated() {
        sums[index] += law.a[0] * fields[field, 0, pixel] + law.c[0] * fields[field, 1, pixel]
      }
      sums[3] += 1
    }
    try communicator.reduce(&sums, .sum)
    let strain = SymmetricTensor2(
      aa: sums[0] / sums[3], cc: sums[1] / sums[3], ac: sums[2] / sums[3])
    let stress = lfp.stress(ofElasticStrain: strain - eigenstrain)
    return (strain, (1 / gigapascal) * stress)
  }
}
