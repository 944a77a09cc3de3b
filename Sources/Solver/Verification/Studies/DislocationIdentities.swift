// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Physics

/// Rows A5, A6 and A9: limits, published metals, and identities that need no table.
extension DislocationStudies {
  private static func cubic(
    _ c11: Double, _ c12: Double, _ c44: Double
  ) throws(CrystalError) -> Crystal {
    let cell = try UnitCell(
      a: 0.36, b: 0.36, c: 0.36, alpha: .pi / 2, beta: .pi / 2, gamma: .pi / 2)
    let stiffness = try StiffnessTensor(
      constants: ["c11": c11, "c12": c12, "c44": c44], of: .cubic, in: gigapascal)
    return try Crystal(name: "cubic", cell: cell, stiffness: stiffness)
  }

  /// A cubic crystal with C44 = (C11 − C12)/2 against isotropic closed forms.
  ///
  /// Contrast factors of a screw and an edge (Krivoglaz; Wilkens, phys. stat. sol. (a) 2 (1970)
  /// 359), where ψ is between g and the line, γ between b and the part of g across the line:
  ///
  ///     C_screw = cos²ψ sin²ψ
  ///     C_edge = sin⁴ψ [1 − 4ν + 8ν² + 4(1 − 2ν) cos²γ] / 8(1 − ν)²
  ///
  /// and the prelogarithmic factors K = μ and μ/(1 − ν) of K b²/4π (Hirth and Lothe, Theory of
  /// Dislocations). Roots of Stroh's sextic coincide here, the hardest case for its solution.
  @Sendable static func isotropicLimits() throws -> [StudyResult] {
    let shear = 40.0
    var errors = [0.0, 0, 0, 0]
    for poisson in [0, 0.2, 0.3, 0.45] {
      let c12 = 2 * shear * poisson / (1 - 2 * poisson)
      let crystal = try cubic(c12 + 2 * shear, c12, shear)
      let screw = try StraightDislocation(
        SlipSystem(burgers: SIMD3(1, 1, 0), line: SIMD3(1, 1, 0)), in: crystal)
      let edge = try StraightDislocation(
        SlipSystem(burgers: SIMD3(1, 1, 0), line: SIMD3(1, -1, 2)), in: crystal)
      for vector in [SIMD3(1.0, 2, 3), SIMD3(0, 0, 1), SIMD3(3, -1, 0.5), SIMD3(1, 1, 0)] {
        let direction = unit(vector)
        let alongScrew = pow(dot(direction, screw.frame.e3), 2)
        let closedScrew = alongScrew * (1 - alongScrew)
        errors[0] = max(
          errors[0], abs(ContrastFactors(screw).factor(of: vector) - closedScrew))
        let across = 1 - pow(dot(direction, edge.frame.e3), 2)
        let cosine = pow(dot(direction, unit(edge.burgers)), 2) / across
        let bracket = 1 - 4 * poisson + 8 * poisson * poisson + 4 * (1 - 2 * poisson) * cosine
        let closedEdge = across * across * bracket / (8 * pow(1 - poisson, 2))
        errors[1] = max(errors[1], abs(ContrastFactors(edge).factor(of: vector) - closedEdge))
      }
      errors[2] = max(errors[2], abs(screw.energyFactor / gigapascal / shear - 1))
      errors[3] = max(errors[3], abs(edge.energyFactor / gigapascal * (1 - poisson) / shear - 1))
    }
    return zip(
      [
        "screw: contrast factor, deviation", "edge: contrast factor, deviation",
        "screw: K/μ, deviation", "edge: K (1 − ν)/μ, deviation",
      ], errors
    ).map { StudyResult($0, $1, atMost: 1e-9) }
  }

  /// Published contrast factors of titanium and copper.
  ///
  /// In a cubic crystal the mean over equivalent systems is linear in the one invariant of fourth
  /// degree (Ungár, Dragomir, Révész and Borbély, J. Appl. Cryst. 32 (1999) 992),
  ///
  ///     C = C_h00 (1 − q H²),  H² = (h²k² + k²l² + l²h²)/(h² + k² + l²)²,
  ///
  /// with H² = 0 at 200, 1/3 at 111 and 49/196 at 123: two of them predict the third.
  @Sendable static func metals() throws -> [StudyResult] {
    let cell = try UnitCell(
      a: 0.295, b: 0.295, c: 0.468, alpha: .pi / 2, beta: .pi / 2, gamma: 120 * degree)
    let titanium = try Crystal(
      name: "Ti", cell: cell,
      stiffness: StiffnessTensor(
        constants: ["c11": 135.6, "c12": 71.1, "c13": 24.1, "c33": 145.7, "c44": 45.7],
        of: .hexagonal, in: gigapascal))
    let basal = try StraightDislocation(
      SlipSystem(burgers: SIMD3(1, 1, 0), line: SIMD3(1, -1, 0), plane: SIMD3(0, 0, 1)),
      in: titanium)
    let factor = try ContrastFactors(basal).factor(
      of: Reflection(1, 1, 0), in: titanium, averaged: false)
    let copper = try cubic(168.4, 121.4, 75.4)
    let kinds = [
      ("edge", SIMD3(1.0, 1, -2), 0.3045, 1.643), ("screw", SIMD3(1, -1, 0), 0.2985, 2.377),
    ]
    return try [
      StudyResult("Ti basal edge: C at 110", factor, target: 0.542406, tolerance: 1e-6)
    ]
      + kinds.flatMap { name, line, axis, slope in
        let factors = ContrastFactors(
          try StraightDislocation(
            SlipSystem(burgers: SIMD3(1, -1, 0), line: line, plane: SIMD3(1, 1, 1)),
            in: copper))
        let along = try factors.factor(of: Reflection(2, 0, 0), in: copper, averaged: true)
        let diagonal = try factors.factor(of: Reflection(1, 1, 1), in: copper, averaged: true)
        return [
          StudyResult("Cu \(name): C_h00", along, target: axis, tolerance: 1e-3),
          StudyResult(
            "Cu \(name): q", 3 * (1 - diagonal / along), target: slope, tolerance: 1e-3),
          StudyResult(
            "Cu \(name): C at 123 over the invariant's",
            try factors.factor(of: Reflection(1, 2, 3), in: copper, averaged: true)
              / (along - 49.0 / 196 * 3 * (along - diagonal)), target: 1, tolerance: 1e-12),
        ]
      }
  }

  /// A mixed dislocation in no symmetry plane of a crystal without symmetry.
  private static func general() throws(CrystalError) -> StraightDislocation {
    let rows: [[Double]] = [
      [180, 60, 50, 7, -9, 4], [60, 150, 40, -6, 5, 8], [50, 40, 210, 3, 11, -5],
      [7, -6, 3, 45, 2, -4], [-9, 5, 11, 2, 60, 6], [4, 8, -5, -4, 6, 52],
    ]
    let cell = try UnitCell(
      a: 0.5, b: 0.62, c: 0.71, alpha: 81 * degree, beta: 97 * degree, gamma: 108 * degree)
    let crystal = try Crystal(
      name: "triclinic", cell: cell, stiffness: StiffnessTensor(rows: rows, in: gigapascal))
    return try StraightDislocation(
      SlipSystem(burgers: SIMD3(1, 0, 1), line: SIMD3(1, -2, 1), plane: SIMD3(1, 1, 1)),
      in: crystal)
  }

  @Sendable static func fieldIdentities() throws -> [StudyResult] {
    let dislocation = try general()
    return [
      StudyResult("Burgers circuit, relative", circuit(dislocation), atMost: 1e-10),
      StudyResult("div σ, in σ/r", divergence(dislocation), atMost: 1e-6),
      StudyResult("weak incompatibility, relative", incompatibility(dislocation), atMost: 1e-5),
      StudyResult(
        "convolution less direct sum, relative", try convolution(), atMost: 1e-12),
      StudyResult("b, l, g reversed, crystal turned", invariances(dislocation), atMost: 1e-10),
    ]
  }

  /// |∮ β dx − b|/b on a circle; the trapezoidal rule is exact to rounding there.
  private static func circuit(_ dislocation: StraightDislocation) -> Double {
    let (count, frame) = (256, dislocation.frame)
    var closure = SIMD3<Double>.zero
    for index in 0..<count {
      let angle = 2 * Double.pi * Double(index) / Double(count)
      let outwards = cos(angle) * frame.e1 + sin(angle) * frame.e2
      let ahead = cos(angle) * frame.e2 - sin(angle) * frame.e1
      let step = (2 * Double.pi * 0.7 / Double(count)) * ahead
      closure += dislocation.distortion(at: 0.7 * outwards) * step
    }
    return length(closure - dislocation.burgers) / length(dislocation.burgers)
  }

  /// The divergence of the stress, which is zero off the line, by differences of fourth order,
  /// f′ ≈ [8 (f₁ − f₋₁) − (f₂ − f₋₂)]/12h, over the stress per distance.
  private static func divergence(_ dislocation: StraightDislocation) -> Double {
    let step = 2e-3
    var worst = 0.0
    for point in [SIMD3(0.7, 0.2, 0.1), SIMD3(-0.3, 0.9, 0.4), SIMD3(0.1, -0.8, 1.0)] {
      var divergence = SIMD3<Double>.zero
      for axis in 0..<3 {
        var shift = SIMD3<Double>.zero
        shift[axis] = step
        func column(_ steps: Double) -> SIMD3<Double> {
          let rows = dislocation.stress(at: point + steps * shift)
          return SIMD3(rows[0, axis], rows[1, axis], rows[2, axis])
        }
        let near = column(1) - column(-1)
        divergence += (1 / (12 * step)) * (8 * near - (column(2) - column(-2)))
      }
      let scale = dislocation.stress(at: point).largest / length(point)
      worst = max(worst, length(divergence) / scale)
    }
    return worst
  }

  /// ∫(ε11 φ,22 + ε22 φ,11 − 2 ε12 φ,12) against b1 φ,2(0) − b2 φ,1(0) for a Gaussian φ off the line.
  ///
  /// The incompatibility of a straight dislocation (Kröner), ε11,22 + ε22,11 − 2ε12,12 = b2 ∂₁δ −
  /// b1 ∂₂δ, is zero off the line, so that only its weak form, by parts, sees it. In polar
  /// coordinates r cancels the field's 1/r and the integrand is smooth: the trapezoidal rule around
  /// and three points of Gauss in each ring suffice.
  private static func incompatibility(_ dislocation: StraightDislocation) -> Double {
    let frame = dislocation.frame
    let (x0, y0, width) = (0.35, -0.22, 0.6)
    var sum = 0.0
    let (rings, spokes, outermost) = (60, 64, 6.0)
    for ring in 0..<rings {
      for offset in [0.5 - 0.6.squareRoot() / 2, 0.5, 0.5 + 0.6.squareRoot() / 2] {
        let weight = (offset == 0.5 ? 4.0 / 9 : 5.0 / 18) * outermost / Double(rings)
        let radius = (Double(ring) + offset) * outermost / Double(rings)
        for spoke in 0..<spokes {
          let angle = 2 * Double.pi * Double(spoke) / Double(spokes)
          let (x, y) = (radius * cos(angle), radius * sin(angle))
          let strain = dislocation.strain(at: x * frame.e1 + y * frame.e2)
          let (u, v) = ((x - x0) / width, (y - y0) / width)
          let bell = exp(-(u * u + v * v) / 2) / (width * width)
          let first = dot(frame.e1, strain * frame.e1) * (v * v - 1)
          let second = dot(frame.e2, strain * frame.e2) * (u * u - 1)
          let mixed = 2 * dot(frame.e1, strain * frame.e2) * u * v
          sum += weight * radius * 2 * Double.pi / Double(spokes) * bell * (first + second - mixed)
        }
      }
    }
    let bell = exp(-(x0 * x0 + y0 * y0) / (2 * width * width)) / (width * width)
    let burgers = frame.components(dislocation.burgers)
    let source = bell * (burgers.x * y0 - burgers.y * x0)
    return abs(sum - source) / abs(source)
  }

  /// The map of an uneven density by Fourier transform and by summing over all pairs of pixels.
  private static func convolution() throws(CrystalError) -> Double {
    let (rows, columns, pixelSize) = (13, 21, 3.0)
    let dislocation = try StraightDislocation(candidate("D"), in: .lithiumIronPhosphate)
    let density = (0..<rows * columns).map { 1e-4 * (Double($0 * 37 % 101) - 50) }
    let map = DislocationMap(
      dislocation, rows: rows, columns: columns, pixelSize: pixelSize)
    let fields = map.fields(of: density)
    var (worst, largest) = (0.0, 0.0)
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = Matrix3.zero
        for source in 0..<rows * columns {
          let point =
            pixelSize
            * SIMD3(Double(column - source % columns), 0, Double(row - source / columns))
          let strength = density[source] * pixelSize * pixelSize
          sum = sum + strength * dislocation.distortion(at: point)
        }
        let direct = [
          sum.first.x, sum.third.z, (sum.first.z + sum.third.x) / 2,
          (sum.third.x - sum.first.z) / 2,
        ]
        for (field, value) in zip(fields, direct) {
          worst = max(worst, abs(field[row * columns + column] - value))
          largest = max(largest, abs(value))
        }
      }
    }
    return worst / largest
  }

  /// What must not change the contrast factor and K, and turns or reverses the field.
  ///
  /// That is g → −g, b → −b, l → −l (a field is odd in b and, at a fixed b, in l), and a rotation R
  /// of crystal, dislocation, g and place together, β(Rx) = R β(x) Rᵀ. R has rational entries, so
  /// that it is orthogonal to rounding.
  private static func invariances(_ base: StraightDislocation) -> Double {
    let turn =
      Matrix3(SIMD3(0.6, -0.8, 0), SIMD3(0.8, 0.6, 0), SIMD3(0, 0, 1))
      * Matrix3(SIMD3(1, 0, 0), SIMD3(0, 5.0 / 13, -12.0 / 13), SIMD3(0, 12.0 / 13, 5.0 / 13))
    let turned = StraightDislocation(
      stiffness: base.stiffness.rotated(by: turn), burgers: turn * base.burgers,
      frame: DislocationFrame(line: turn * base.frame.e3, normal: turn * base.frame.e2))
    let oppositeBurgers = StraightDislocation(
      stiffness: base.stiffness, burgers: -base.burgers, frame: base.frame)
    let oppositeLine = StraightDislocation(
      stiffness: base.stiffness, burgers: base.burgers,
      frame: DislocationFrame(line: -base.frame.e3, normal: base.frame.e2))
    let vector = SIMD3(0.3, -1.1, 0.7)
    let point = SIMD3(0.4, -0.2, 0.9)
    let contrast = ContrastFactors(base).factor(of: vector)
    let field = base.distortion(at: point)
    let rotated = turn.transpose * turned.distortion(at: turn * point) * turn
    let deviations = [
      ContrastFactors(base).factor(of: -vector) / contrast - 1,
      ContrastFactors(oppositeBurgers).factor(of: vector) / contrast - 1,
      ContrastFactors(oppositeLine).factor(of: vector) / contrast - 1,
      ContrastFactors(turned).factor(of: turn * vector) / contrast - 1,
      turned.energyFactor / base.energyFactor - 1,
      oppositeLine.energyFactor / base.energyFactor - 1,
      (rotated - field).largest / field.largest,
      (oppositeBurgers.distortion(at: point) + field).largest / field.largest,
      (oppositeLine.distortion(at: point) + field).largest / field.largest,
    ]
    return deviations.map(abs).max() ?? .nan
  }
}
