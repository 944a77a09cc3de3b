// SPDX-License-Identifier: Apache-2.0

public import Physics

/// The strain and rotation that a density of straight dislocations makes in the ac plane.
///
/// For lines along b, on a grid whose columns run along a and rows along c. Each pixel holds a
/// density ρ (signed, lines/nm2), as ρ h² dislocations at its centre; a pixel's own field, which is
/// odd about its centre, counts as zero.
public struct DislocationMap: Sendable {
  /// The convolution with the kernels of ε_aa, ε_cc, ε_ac and θ.
  public let convolution: GridConvolution

  /// The map of one kind of dislocation on a grid of square pixels.
  ///
  /// - Parameters:
  ///   - dislocation: a line along ±b.
  ///   - rows: the number of pixels along c.
  ///   - columns: the number of pixels along a.
  ///   - pixelSize: the edge h of a pixel in nm.
  public init(
    _ dislocation: StraightDislocation, rows: Int, columns: Int, pixelSize: Double
  ) {
    let area = pixelSize * pixelSize
    func kernel(
      _ component: @escaping (Matrix3) -> Double
    ) -> (_ rows: Int, _ columns: Int) -> Double {
      { rows, columns in
        let point = pixelSize * SIMD3(Double(columns), 0, Double(rows))
        return area * component(dislocation.distortion(at: point))
      }
    }
    convolution = GridConvolution(
      rows: rows, columns: columns,
      kernels: [
        kernel { $0.first.x },
        kernel { $0.third.z },
        kernel { ($0.first.z + $0.third.x) / 2 },
        // θ = ½(∂v_c/∂a − ∂u_a/∂c).
        kernel { ($0.third.x - $0.first.z) / 2 },
      ])
  }

  /// ε_aa, ε_cc, ε_ac (tensor shear) and θ of a density in 1/nm2, row by row.
  public func fields(of density: [Double]) -> [[Double]] { convolution.fields(of: density) }
}
