// SPDX-License-Identifier: Apache-2.0

import Glibc
import Physics
import TestSupport
import Testing

/// Rows A7, A8 and A9 of the verification: the field of a dislocation.
struct DislocationFieldTests {
  /// (a, c) in Å and ε_aa, ε_cc, ε_ac, θ of type D.
  static let points = [(10.0, 0.0), (0, 10), (10, 10), (-7, 3)]
  static let lithiumIronPhosphate: [[Double]] = [
    [-0.0262384, -0.0235107, 0, 0], [0, 0, 0.0538031, 0.0800415],
    [0.0126449, -0.0361191, -0.0013821, 0.0375012],
    [0.0136328, 0.0453636, -0.0181050, 0.0375465],
  ]
  static let ironPhosphate: [[Double]] = [
    [-0.0230990, -0.0263669, 0, 0], [0, 0, 0.0505987, 0.0736977],
    [0.0130964, -0.0396349, 0.0017197, 0.0379151],
    [0.0071034, 0.0536680, -0.0187108, 0.0417113],
  ]

  @Test func strainAndRotationOfTypeDAreThoseOfIndependentCode() throws {
    for (crystal, rows) in [(lfp, Self.lithiumIronPhosphate), (fp, Self.ironPhosphate)] {
      let dislocation = try StraightDislocation(system("D"), in: crystal)
      for ((a, c), row) in zip(Self.points, rows) {
        let point = SIMD3(a * angstrom, 0, c * angstrom)
        let strain = dislocation.strain(at: point)
        #expect(abs(strain.first.x - row[0]) < 2e-7)
        #expect(abs(strain.third.z - row[1]) < 2e-7)
        #expect(abs(strain.first.z - row[2]) < 2e-7)
        // θ = ½(∂v_c/∂a − ∂u_a/∂c), the other way round than the rotation about +b.
        #expect(abs(-dislocation.rotation(at: point).y - row[3]) < 2e-7)
      }
    }
  }

  @Test func rootsOfTypeDAreThoseOfIndependentCode() throws {
    let targets = [(fp, [0.774607, 0.835369, 1.130974]), (lfp, [0.879266, 0.962475, 1.159531])]
    for (crystal, imaginary) in targets {
      let dislocation = try StraightDislocation(system("D"), in: crystal)
      for (root, target) in zip(dislocation.roots, imaginary) {
        #expect(abs(root.imaginary - target) < 1e-6)
        #expect(abs(root.real) < 1e-12)
      }
    }
  }

  @Test func burgersCircuitClosesWithPlusB() throws {
    for dislocation in [try general(), try StraightDislocation(system("D"), in: fp)] {
      // The outline of a rectangle, right-handed about the line, by Gauss's rule on many pieces.
      let corners = [(2.0, -1.0), (2.0, 1.5), (-1.3, 1.5), (-1.3, -1.0)]
      let frame = dislocation.frame
      let places = corners.map { $0.0 * frame.e1 + $0.1 * frame.e2 + 0.4 * frame.e3 }
      var closure = SIMD3<Double>.zero
      for (start, end) in zip(places, places.dropFirst() + places.prefix(1)) {
        let pieces = 200
        let step = (1 / Double(pieces)) * (end - start)
        for index in 0..<pieces {
          for offset in [0.5 - 0.6.squareRoot() / 2, 0.5, 0.5 + 0.6.squareRoot() / 2] {
            let weight = offset == 0.5 ? 4.0 / 9 : 5.0 / 18
            let point = start + (Double(index) + offset) * step
            closure += weight * (dislocation.distortion(at: point) * step)
          }
        }
      }
      #expect(length(closure - dislocation.burgers) < 1e-10 * length(dislocation.burgers))
    }
  }

  @Test func stressHasNoDivergence() throws {
    let dislocation = try general()
    let step = 2e-3
    for point in [SIMD3(0.7, 0.2, 0.1), SIMD3(-0.3, 0.9, 0.4), SIMD3(0.1, -0.8, 1.0)] {
      var divergence = SIMD3<Double>.zero
      for axis in 0..<3 {
        var shift = SIMD3<Double>.zero
        shift[axis] = step
        func column(_ steps: Double) -> SIMD3<Double> {
          dislocation.stress(at: point + steps * shift).transpose[column: axis]
        }
        let near = column(1) - column(-1)
        let far = column(2) - column(-2)
        divergence += (1 / (12 * step)) * (8 * near - far)
      }
      let scale = dislocation.stress(at: point).largest / length(point)
      #expect(length(divergence) < 1e-6 * scale)
    }
  }

  @Test func displacementIsTheIntegralOfTheDistortion() throws {
    for dislocation in [try general(), try StraightDislocation(system("F"), in: lfp)] {
      let field = DislocationDisplacement(dislocation)
      let step = 1e-3
      for point in [SIMD3(0.7, 0.2, 0.1), SIMD3(-0.4, 0.9, 0.4), SIMD3(0.1, -0.8, 1.0)] {
        let distortion = dislocation.distortion(at: point)
        for axis in 0..<3 {
          var shift = SIMD3<Double>.zero
          shift[axis] = step
          let near = field.displacement(at: point + shift) - field.displacement(at: point - shift)
          let far =
            field.displacement(at: point + 2 * shift) - field.displacement(at: point - 2 * shift)
          let slope = (1 / (12 * step)) * (8 * near - far)
          #expect(length(slope - distortion.transpose[column: axis]) < 1e-8)
        }
      }
    }
  }

  @Test func displacementJumpsByBAcrossTheCut() throws {
    let dislocation = try general()
    let field = DislocationDisplacement(dislocation)
    let above = -0.8 * dislocation.frame.e1 + 1e-13 * dislocation.frame.e2
    let below = -0.8 * dislocation.frame.e1 - 1e-13 * dislocation.frame.e2
    let jump = field.displacement(at: above) - field.displacement(at: below)
    #expect(length(jump - dislocation.burgers) < 1e-11)
  }

  @Test func displacementOfAnIsotropicEdgeIsTheTextbooks() throws {
    // u1 = b/2π [θ + sin 2θ/4(1 − ν)], u2 = −b/2π [(1 − 2ν)/2(1 − ν) ln r + cos 2θ/4(1 − ν)].
    let ratio = 0.3
    let c11 = 80 * (1 - ratio) / (1 - 2 * ratio)
    let dislocation = try StraightDislocation(
      SlipSystem(burgers: SIMD3(1, 0, 0), line: SIMD3(0, 0, 1), plane: SIMD3(0, 1, 0)),
      in: cubic(c11, c11 - 80, 40))
    let field = DislocationDisplacement(dislocation)
    for (x, y) in [(0.5, 0.2), (-0.3, 0.9), (-1.0, -0.1)] {
      let (angle, radius) = (atan2(y, x), hypot(x, y))
      let along = angle + sin(2 * angle) / (4 * (1 - ratio))
      let normal =
        (1 - 2 * ratio) / (2 * (1 - ratio)) * log(radius)
        + cos(2 * angle) / (4 * (1 - ratio))
      let expected = (0.36 / (2 * Double.pi)) * SIMD3(along, -normal, 0)
      #expect(length(field.displacement(at: SIMD3(x, y, 0)) - expected) < 1e-14)
    }
  }

  @Test func strainHasTheIncompatibilityOfTheDislocation() throws {
    // ∫(ε11 φ,22 + ε22 φ,11 − 2 ε12 φ,12) = b1 φ,2(0) − b2 φ,1(0) for a Gaussian φ off the line. In
    // polar coordinates the integrand is smooth: r cancels the field's 1/r.
    let dislocation = try general()
    let frame = dislocation.frame
    let (x0, y0, width) = (0.35, -0.22, 0.6)
    func gaussian(_ x: Double, _ y: Double) -> (first: [Double], second: [Double]) {
      let (u, v) = ((x - x0) / width, (y - y0) / width)
      let bell = exp(-(u * u + v * v) / 2)
      let square = width * width
      return (
        [-u * bell / width, -v * bell / width],
        [(u * u - 1) * bell / square, (v * v - 1) * bell / square, u * v * bell / square]
      )
    }
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
          let (_, second) = gaussian(x, y)
          let e11 = dot(frame.e1, strain * frame.e1)
          let e22 = dot(frame.e2, strain * frame.e2)
          let e12 = dot(frame.e1, strain * frame.e2)
          let integrand = e11 * second[1] + e22 * second[0] - 2 * e12 * second[2]
          sum += weight * radius * 2 * Double.pi / Double(spokes) * integrand
        }
      }
    }
    let (first, _) = gaussian(0, 0)
    let burgers = frame.components(dislocation.burgers)
    let source = burgers.x * first[1] - burgers.y * first[0]
    #expect(abs(sum - source) < 1e-5 * abs(source), "\(sum) \(source)")
  }

  @Test func fieldReversesWithBAndWithTheLine() throws {
    let base = try general()
    let reversed = StraightDislocation(
      stiffness: base.stiffness, burgers: -base.burgers, frame: base.frame)
    let turned = StraightDislocation(
      stiffness: base.stiffness, burgers: base.burgers,
      frame: DislocationFrame(line: -base.frame.e3, normal: base.frame.e2))
    let point = SIMD3(0.4, -0.2, 0.9)
    let field = base.distortion(at: point)
    #expect((field + reversed.distortion(at: point)).largest < 1e-13 * field.largest)
    #expect((field + turned.distortion(at: point)).largest < 1e-12 * field.largest)
    #expect(agree(base.energyFactor, turned.energyFactor, within: 1e-12))
    // The field is odd, falls with 1/r and does not vary along the line.
    #expect((field + base.distortion(at: -point)).largest < 1e-13 * field.largest)
    #expect((field - 3 * base.distortion(at: 3 * point)).largest < 1e-13 * field.largest)
    let along = base.distortion(at: point + 5 * base.frame.e3)
    #expect((field - along).largest < 1e-12 * field.largest)
    #expect(base.distortion(at: .zero) == .zero)
  }

  @Test func fieldTurnsWithTheCrystal() throws {
    let base = try general()
    let turn = rotation(0.7, 1.1, -0.4)
    let turned = StraightDislocation(
      stiffness: base.stiffness.rotated(by: turn), burgers: turn * base.burgers,
      frame: DislocationFrame(line: turn * base.frame.e3, normal: turn * base.frame.e2))
    let point = SIMD3(0.4, -0.2, 0.9)
    let expected = turn * base.distortion(at: point) * turn.transpose
    let field = turned.distortion(at: turn * point)
    #expect((field - expected).largest < 1e-10 * expected.largest)
  }

  @Test func fieldDoesNotDependOnThePlaneChosenForTheFrame() throws {
    let base = try general()
    let other = StraightDislocation(
      stiffness: base.stiffness, burgers: base.burgers,
      frame: DislocationFrame(line: base.frame.e3, normal: SIMD3(0.2, 1, -0.3)))
    let point = SIMD3(0.4, -0.2, 0.9)
    let field = base.distortion(at: point)
    #expect((field - other.distortion(at: point)).largest < 1e-12 * field.largest)
  }
}

extension Matrix3 {
  /// A row, in the words of the tests that transpose first.
  fileprivate subscript(column index: Int) -> SIMD3<Double> { [first, second, third][index] }
}
