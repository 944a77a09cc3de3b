// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images

/// Turns strain and rotation from the frame of a file into the frame of the image grid.
///
/// The file's strain x axis stands at the angle phi from the image row axis (the direction of
/// growing row number, c), positive towards the columns (a). With C = cos phi, S = sin phi and the
/// file's components e_xx, e_yy, e_xy (tensor shear):
///
///     e_cc = C^2 e_xx + S^2 e_yy - 2 S C e_xy
///     e_aa = S^2 e_xx + C^2 e_yy + 2 S C e_xy
///     e_ac = S C (e_xx - e_yy) + (C^2 - S^2) e_xy
///
/// The rotation is the same in both; the pixels stay where they are.
struct FrameRotation {
  private let cosine: Double
  private let sine: Double
  private let rotationSign: Double
  private let isExact: Bool

  /// The change that the options ask for.
  init(_ options: ImportOptions) {
    let angle = options.frameAngle * Double.pi / 180
    cosine = cos(angle)
    sine = sin(angle)
    rotationSign = options.handedness == .left ? -1 : 1
    isExact = options.exactStrain
  }

  /// Applies it to the maps of one particle; those of `e_xx` stand under `e_cc`, of `e_yy`
  /// under `e_aa`, of `e_xy` under `e_ac`, of minus theta under `rotation`.
  func apply(to maps: inout [ImageMap: [Double]]) {
    if rotationSign < 0, let rotation = maps[.channel(.rotation)] {
      maps[.channel(.rotation)] = rotation.map { -$0 }
    }
    if isExact { makeExact(&maps) }
    guard sine != 0, let cc = maps[.channel(.strainCC)], let aa = maps[.channel(.strainAA)],
      let ac = maps[.channel(.strainAC)]
    else { return }
    let (c2, s2, sc) = (cosine * cosine, sine * sine, sine * cosine)
    maps[.channel(.strainCC)] = cc.indices.map { c2 * cc[$0] + s2 * aa[$0] - 2 * sc * ac[$0] }
    maps[.channel(.strainAA)] = cc.indices.map { s2 * cc[$0] + c2 * aa[$0] + 2 * sc * ac[$0] }
    maps[.channel(.strainAC)] = cc.indices.map { sc * (cc[$0] - aa[$0]) + (c2 - s2) * ac[$0] }
    rotateDeviations(&maps)
  }

  /// Deviations add in squares: the components are taken as independent.
  private func rotateDeviations(_ maps: inout [ImageMap: [Double]]) {
    guard let cc = maps[.deviation(.strainCC)], let aa = maps[.deviation(.strainAA)],
      let ac = maps[.deviation(.strainAC)]
    else { return }
    let (c2, s2, sc) = (cosine * cosine, sine * sine, sine * cosine)
    func root(_ x: Double, _ y: Double, _ z: Double) -> Double {
      (x * x + y * y + z * z).squareRoot()
    }
    maps[.deviation(.strainCC)] = cc.indices.map {
      root(c2 * cc[$0], s2 * aa[$0], 2 * sc * ac[$0])
    }
    maps[.deviation(.strainAA)] = cc.indices.map {
      root(s2 * cc[$0], c2 * aa[$0], 2 * sc * ac[$0])
    }
    maps[.deviation(.strainAC)] = cc.indices.map {
      root(sc * cc[$0], sc * aa[$0], (c2 - s2) * ac[$0])
    }
  }

  /// From py4DSTEM's first order to the exact gradient.
  ///
  /// The measured reciprocal vectors are b times the reference's, so the lattice is deformed by
  /// b^-T. py4DSTEM stores G1 = 1 - b^T (symmetric part and rotation); the exact gradient is
  /// G = b^-T - 1 = (1 - G1)^-1 - 1, of which the symmetric part and the small rotation are kept.
  /// Rows and columns of G are (c, a): G_ca = d v_c/d a = e_ac + rotation.
  private func makeExact(_ maps: inout [ImageMap: [Double]]) {
    guard var cc = maps[.channel(.strainCC)], var aa = maps[.channel(.strainAA)],
      var ac = maps[.channel(.strainAC)],
      var rotation = maps[.channel(.rotation)]
    else { return }
    for i in cc.indices {
      let (m11, m22) = (1 - cc[i], 1 - aa[i])
      let (m12, m21) = (-(ac[i] + rotation[i]), -(ac[i] - rotation[i]))
      let determinant = m11 * m22 - m12 * m21
      cc[i] = m22 / determinant - 1
      aa[i] = m11 / determinant - 1
      let (g12, g21) = (-m12 / determinant, -m21 / determinant)
      ac[i] = (g12 + g21) / 2
      rotation[i] = (g12 - g21) / 2
    }
    maps[.channel(.strainCC)] = cc
    maps[.channel(.strainAA)] = aa
    maps[.channel(.strainAC)] = ac
    maps[.channel(.rotation)] = rotation
  }
}
