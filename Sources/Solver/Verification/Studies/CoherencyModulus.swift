// SPDX-License-Identifier: Apache-2.0

import Foundation
import Physics

/// The elastic energy of a plane wave of the composition, closed form.
///
///     B(n) = ε⁰:C:ε⁰ − (n·σ⁰)·(n·C·n)⁻¹·(n·σ⁰),   σ⁰ = C:ε⁰
///
/// ½ B |δX|² a volume, for n in the ac plane; the mean of the stress is zero.
struct CoherencyModulus {
  private let xx, yy, xy, shear: Double
  private let stress: (x: Double, y: Double)
  private let whole: Double

  /// Of a plate without stress along b, in the unit of the stiffness.
  init(plate: PlaneStressStiffness, strain: (a: Double, c: Double)) {
    (xx, yy, xy, shear) = (plate.alpha, plate.gamma, plate.beta, plate.shear)
    stress = (xx * strain.a + xy * strain.c, xy * strain.a + yy * strain.c)
    whole = stress.x * strain.a + stress.y * strain.c
  }

  /// Of a body without total strain along b.
  init(planeStrain c: OrthotropicStiffness, strain: (a: Double, b: Double, c: Double)) {
    (xx, yy, xy, shear) = (c.c11, c.c33, c.c13, c.c55)
    stress = (
      c.c11 * strain.a + c.c12 * strain.b + c.c13 * strain.c,
      c.c13 * strain.a + c.c23 * strain.b + c.c33 * strain.c
    )
    let along = c.c12 * strain.a + c.c22 * strain.b + c.c23 * strain.c
    whole = stress.x * strain.a + along * strain.b + stress.y * strain.c
  }

  /// B for a normal at an angle from a.
  func callAsFunction(_ angle: Double) -> Double { value(cos(angle), sin(angle)) }

  /// B for a normal (x, y), of any length.
  func value(_ x: Double, _ y: Double) -> Double {
    let square = x * x + y * y
    let (g11, g22) = ((xx * x * x + shear * y * y) / square, (shear * x * x + yy * y * y) / square)
    let g12 = (xy + shear) * x * y / square
    let (t1, t2) = (stress.x * x, stress.y * y)
    let relaxed = (g22 * t1 * t1 - 2 * g12 * t1 * t2 + g11 * t2 * t2) / (g11 * g22 - g12 * g12)
    return whole - relaxed / square
  }
}
