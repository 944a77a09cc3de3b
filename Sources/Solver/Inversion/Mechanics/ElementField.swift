// SPDX-License-Identifier: Apache-2.0

public import Physics

/// The element of each pixel: one for all, or one for each level of the composition.
public struct ElementField: Sendable {
  private let elements: [PixelElement]
  private let level: [UInt8]
  /// The relative thickness of held cells; empty where it is the same everywhere.
  private var thickness: [Double] = []

  /// Levels that a stiffness between two phases is rounded to: steps of 2.5 % of their difference.
  private static let levels = 41

  /// One stiffness everywhere.
  public init(_ stiffness: PlaneStressStiffness) {
    elements = [PixelElement(stiffness)]
    level = []
  }

  /// A stiffness that follows the composition on held cells.
  public init(_ range: StiffnessRange, composition: [Double]) {
    let last = Double(Self.levels - 1)
    elements = (0..<Self.levels).map { step in
      PixelElement(range.stiffness(at: Double(step) / last).planeStress)
    }
    level = composition.map { value in
      value.isFinite ? UInt8((min(max(value, 0), 1) * last).rounded()) : 0
    }
  }

  /// The element of a held cell.
  public subscript(cell: Int) -> PixelElement {
    level.isEmpty ? elements[0] : elements[Int(level[cell])]
  }

  /// The thickness of a held cell: it multiplies stiffness and load, which are forces on the whole
  /// depth.
  func thickness(_ cell: Int) -> Double { thickness.isEmpty ? 1 : thickness[cell] }

  /// The elements of an image whose thickness is known.
  func scaled(by thickness: [Double]?) -> ElementField {
    var scaled = self
    scaled.thickness = thickness ?? []
    return scaled
  }

  /// The quadrature points, the same in all.
  package var points: [(a: Double, c: Double)] { elements[0].points }
}
