// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How the composition lies in a specimen, as a function of (a, c) from its middle, in nm.
package struct CompositionPattern: Sendable, Equatable {
  /// What kind of pattern it is; widths are those from 15 to 85 % of the step.
  package enum Kind: Sendable, Equatable {
    /// Stripes of both phases, a pair of them in each period.
    case stripes(period: Double, width: Double)
    /// One phase boundary, so far from the middle.
    case boundary(position: Double, width: Double)
    /// From one phase to the other over a length.
    case gradient(length: Double)
    /// A core of the second phase in a shell of the first.
    case core(radius: Double, width: Double)
  }

  /// The kind.
  package var kind: Kind
  /// The composition on the near and on the far side.
  package var phases = SIMD2(0.0, 1.0)
  /// The angle of the normal to boundaries, from a towards c [rad].
  package var angle = 0.0
  /// Moves stripes along their normal, in radian of their period; a boundary does not know it.
  package var phase = 0.0

  /// A pattern with its normal along a.
  package init(_ kind: Kind) { self.kind = kind }

  /// tanh goes from −0.7 to 0.7 over this much of its scale.
  static let width = 1.7346

  /// The composition at a place.
  package func composition(_ a: Double, _ c: Double) -> Double {
    let s = a * cos(angle) + c * sin(angle)
    let step =
      switch kind {
      case .stripes(let period, let width):
        CompositionPattern.step(
          sin(2 * .pi * s / period + phase) * period / (2 * .pi), width: width)
      case .boundary(let position, let width):
        CompositionPattern.step(s - position, width: width)
      case .gradient(let length): min(max(0.5 + s / length, 0), 1)
      case .core(let radius, let width):
        CompositionPattern.step(radius - (a * a + c * c).squareRoot(), width: width)
      }
    return phases.x + (phases.y - phases.x) * step
  }

  private static func step(_ distance: Double, width: Double) -> Double {
    0.5 + 0.5 * tanh(CompositionPattern.width * distance / width)
  }
}
