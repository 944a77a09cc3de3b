// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Whether a line lies where the cell has it.
enum PositionCheck {
  /// The share of 2 sin θ/λ by which a line may be off: strain, composition and a rough cell.
  static let tolerance = 0.02

  /// A sentence for the user where the line lies elsewhere; nil where it does not, or where the
  /// positions count from the line's centre.
  ///
  /// - Parameters:
  ///   - centre: of the line, 2 sin θ/λ in 1/nm, by the abscissa the case states.
  ///   - expected: by the cell.
  ///   - abscissa: what the case states.
  ///   - wavelength: in nm, if there is one.
  ///   - name: of the line.
  /// - Throws: ``ParallelError`` of kind `input` where another abscissa puts the line in its place:
  ///   taken in a wrong unit, every density would be wrong by the unit's square.
  static func sentence(
    centre: Double, expected: Double, abscissa: DiffractionPattern.Abscissa, wavelength: Double?,
    name: String
  ) throws(ParallelError) -> String? {
    guard abs(centre / expected - 1) > tolerance,
      let found = abscissa.position(centre, wavelength: wavelength)
    else { return nil }
    let place =
      "peak \(name): the line lies near \(text(found)) \(abscissa.unit), the cell's \(name) at "
      + (abscissa.position(expected, wavelength: wavelength).map {
        "\(text($0)) \(abscissa.unit)"
      } ?? "1/d = \(text(expected)) 1/nm")
    for other in DiffractionPattern.Abscissa.allCases where other != abscissa {
      guard let moved = other.reciprocal(found, wavelength: wavelength),
        abs(moved / expected - 1) <= tolerance
      else { continue }
      throw ParallelError(
        .input,
        "\(place) (abscissa: \(abscissa.rawValue)); it would be there in \(other.unit), found with "
          + "abscissa: \(other.rawValue)")
    }
    if abscissa == .twoTheta, let angle = abscissa.position(expected, wavelength: wavelength),
      abs(2 * found / angle - 1) <= tolerance
    {
      throw ParallelError(.input, "\(place); found θ, expected 2θ")
    }
    // Positions may count from the centre.
    guard abscissa != .q || centre > 0.5 * expected else { return nil }
    return "\(place); is it this reflection?"
  }

  private static func text(_ number: Double) -> String { String(format: "%.4g", number) }
}
