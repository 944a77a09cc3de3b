// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the ends of an axis of a box are.
public enum BoxSides: Equatable, Sendable {
  /// One end follows the other; points at 0, h, 2h, …
  case periodic
  /// Nothing flows through either; points at h/2, 3h/2, …
  case closed
}

/// The real, orthonormal transform of sixteen lines at once between values and modes.
///
/// A closed axis has cosines cos(πk(2j+1)/2N); a periodic one cosines and sines: mode k ≤ N/2 is
/// cos(2πkj/N), mode N−k its sine. Modes are scaled so that Σ modes² = Σ values². Two lines are the
/// real and the imaginary part of one complex transform of N points; a cosine transform is one, too,
/// of the even points and, backwards, the odd ones (Makhoul 1980).
final class LineTransform {
  /// Points of a line, N.
  let count: Int
  let sides: BoxSides
  /// Where a point of a line lies in ``lines``.
  let order: [Int]
  private let core: LaneTransform
  private let memory: Numbers
  private let buffers: (ComplexLane, ComplexLane)
  /// exp(−iπk/2N) of a closed axis, 1 of a periodic one.
  private let cosines, sines: [Double]

  init(count: Int, sides: BoxSides) {
    self.count = count
    self.sides = sides
    core = LaneTransform(count: count)
    memory = Numbers(32 * count)
    let lanes = (0..<4).map { [memory] in memory.lane.advanced(by: 8 * count * $0) }
    buffers = (
      ComplexLane(real: lanes[0], imaginary: lanes[1]),
      ComplexLane(real: lanes[2], imaginary: lanes[3])
    )
    let isClosed = sides == .closed
    order = (0..<count).map { point in
      guard isClosed else { return point }
      return point % 2 == 0 ? point / 2 : count - 1 - point / 2
    }
    let angles = (0...count / 2).map {
      isClosed ? Double.pi * Double($0) / Double(2 * count) : 0
    }
    (cosines, sines) = (angles.map { cos($0) }, angles.map { -sin($0) })
  }

  /// Where values are put, each at 8 ``order`` + lane, before ``forwards()``, and modes, at
  /// 8 k + lane, before ``backwards()``: of the first eight lines and of the others.
  var lines: (first: Lane, second: Lane) { (buffers.0.real, buffers.0.imaginary) }

  /// Values → modes.
  ///
  /// - Returns: where the modes are.
  func forwards() -> (first: Lane, second: Lane) {
    let (z, modes) = core.transform(buffers.0, buffers.1)
    let constant = 1 / Double(count).squareRoot()
    let wave = (2 / Double(count)).squareRoot()
    modes[0] = z[0] * constant
    for k in 1..<max(1, count / 2 + 1) {
      let (a, b) = (z[k], z[count - k])
      // The spectra of the two lines: Z_k = V_k + i W_k, of which V_(N−k) is the conjugate of V_k.
      let v = ComplexEight(real: a.real + b.real, imaginary: a.imaginary - b.imaginary)
      let w = ComplexEight(real: a.imaginary + b.imaginary, imaginary: b.real - a.real)
      let (first, second) = (v.turned(cosines[k], sines[k]), w.turned(cosines[k], sines[k]))
      if 2 * k == count {
        let scale = 0.5 * (sides == .closed ? wave : constant)
        modes[k] = ComplexEight(real: first.real, imaginary: second.real) * scale
      } else {
        modes[k] = ComplexEight(real: first.real, imaginary: second.real) * (0.5 * wave)
        modes[count - k] =
          ComplexEight(real: first.imaginary, imaginary: second.imaginary) * (-0.5 * wave)
      }
    }
    return (modes.real, modes.imaginary)
  }

  /// Modes → values, at the places that ``order`` tells.
  ///
  /// - Returns: where the values are.
  func backwards() -> (first: Lane, second: Lane) {
    let (modes, z) = buffers
    let constant = 1 / Double(count).squareRoot()
    let wave = 1 / (2 * Double(count)).squareRoot()
    z[0] = modes[0] * constant
    for k in 1..<max(1, count / 2 + 1) {
      let (even, odd) = (modes[k], modes[count - k])
      if 2 * k == count {
        // Of a cosine alone; the closed axis has it turned by π/4.
        z[k] = even * (sides == .closed ? 2 * wave * cosines[k] : constant)
        continue
      }
      // V_k = (a_k − i a_(N−k)) turned back, of the first line, and W_k of the second.
      let v = ComplexEight(real: even.real, imaginary: Eight.zero - odd.real)
        .turned(cosines[k], -sines[k])
      let w = ComplexEight(real: even.imaginary, imaginary: Eight.zero - odd.imaginary)
        .turned(cosines[k], -sines[k])
      z[k] =
        ComplexEight(real: v.real - w.imaginary, imaginary: v.imaginary + w.real) * wave
      z[count - k] =
        ComplexEight(real: v.real + w.imaginary, imaginary: w.real - v.imaginary) * wave
    }
    // Backwards is forwards with real and imaginary part exchanged.
    let result = core.transform(z.exchanged, modes.exchanged).result.exchanged
    return (result.real, result.imaginary)
  }
}
