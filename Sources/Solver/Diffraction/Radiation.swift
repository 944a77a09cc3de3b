// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What is known about the wavelength: the laboratory lines that come as doublets.
public struct Radiation: Sendable {
  /// A Kα doublet: wavelengths in nm.
  struct Doublet {
    let name: String
    let first: Double
    let second: Double
  }

  /// The anodes of laboratory tubes; wavelengths from the International Tables, volume C.
  static let doublets = [
    Doublet(name: "Cr", first: 0.228973, second: 0.229365),
    Doublet(name: "Fe", first: 0.193604, second: 0.193998),
    Doublet(name: "Co", first: 0.178900, second: 0.179284),
    Doublet(name: "Cu", first: 0.154059, second: 0.154443),
    Doublet(name: "Mo", first: 0.070932, second: 0.071361),
    Doublet(name: "Ag", first: 0.055942, second: 0.056381),
  ]

  /// The wavelength in nm.
  public let wavelength: Double
  /// Whether the second line of the doublet is known to be absent.
  public let isMonochromatic: Bool

  /// A radiation of a wavelength in nm.
  public init(wavelength: Double, isMonochromatic: Bool = false) {
    self.wavelength = wavelength
    self.isMonochromatic = isMonochromatic
  }

  /// How far off the second line of a laboratory doublet lies, in 1/nm, and a sentence for the user,
  /// where that is in the window.
  ///
  /// - Parameters:
  ///   - centre: q of the line, 2 sin θ/λ in 1/nm.
  ///   - window: the offsets of the window's ends from the centre in 1/nm.
  /// - Returns: both, or nil.
  func doublet(
    centre: Double, window: ClosedRange<Double>
  ) -> (offset: Double, sentence: String)? {
    guard !isMonochromatic else { return nil }
    // Within 2e-4 of a line, its mean with the second one included.
    let found = Radiation.doublets.first { doublet in
      wavelength > doublet.first * (1 - 2e-4) && wavelength < doublet.second * (1 + 2e-4)
    }
    guard let found else { return nil }
    // The second line appears where λ2 would have met the same planes: sin θ2 = λ2/(2d).
    let offset = centre * (found.second / found.first - 1)
    guard window.contains(offset) || window.contains(-offset) else { return nil }
    return (
      offset,
      "\(found.name) Kα2 lies \(String(format: "%.4g", offset)) 1/nm from the centre, within "
        + "the window; its intensity counts as broadening. Strip it, or state monochromatic: true"
    )
  }
}
