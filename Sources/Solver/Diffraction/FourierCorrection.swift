// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
public import Parallel

/// Stokes' correction: the line's Fourier coefficients divided by the standard's.
///
/// The quotient is cut off where the line's coefficients drown in three times their counting error,
/// or the standard's fall below a share of the first one. The window is one up to 0.9 of the cut and
/// falls from there with all derivatives continuous: flat at L = 0 it leaves the moments alone, and
/// what a cut makes ring is then as small as the noise.
public enum FourierCorrection {
  /// The corrected profile on a uniform grid.
  ///
  /// - Parameters:
  ///   - line: the measured line.
  ///   - standard: the standard's line.
  ///   - threshold: the share of the standard's first coefficient at which the quotient ends.
  ///   - name: of the line, for messages.
  /// - Returns: the profile; its errors are those of the measured one, filtered.
  /// - Throws: ``ParallelError`` of kind `input` when the line is hardly broader than the standard,
  ///   or the standard too short for its background.
  public static func corrected(
    _ line: LineProfile, standard: LineProfile, threshold: Double = 1e-5, name: String
  ) throws(ParallelError) -> LineProfile {
    guard line.fullWidth > 1.02 * standard.fullWidth else {
      throw ParallelError(
        .input,
        "peak \(name): its width \(line.fullWidth) 1/nm hardly exceeds the standard's "
          + "\(standard.fullWidth) 1/nm; nothing is left to be divided")
    }
    let reach = line.reach
    let step = max(line.spacing, reach / 2000)
    let half = Int(reach / step)
    let count = 2 * half + 1
    let grid = (0..<count).map { Double($0 - half) * step }
    let edge = max(3, count / 20)
    var intensity: [Double] = []
    var variances: [Double] = []
    for q in grid {
      let (value, variance) = line.interpolated(q)
      intensity.append(value)
      variances.append(variance)
    }
    // A straight line through the ends keeps the circular filter from seeing a jump; it passes the
    // filter unchanged.
    let low = intensity.prefix(edge).reduce(0, +) / Double(edge)
    let high = intensity.suffix(edge).reduce(0, +) / Double(edge)
    let base = grid.indices.map { low + (high - low) * Double($0) / Double(count - 1) }
    let net = zip(intensity, base).map { $0 - $1 }
    let noise = variances.reduce(0, +).squareRoot() / abs(net.reduce(0, +))
    // The transforms start at the centre; net counts from the left end.
    let turned = (0..<count).map { net[($0 + half) % count] }
    let filter = try quotientFilter(
      standard, line: turned, step: step, noise: noise, threshold: threshold)
    let output = zip(base, FourierCorrection.convolution(filter, net)).map { $0 + $1 }
    let shape = LineShape(grid, zip(output, base).map { $0 - $1 })
    guard let shape else {
      throw ParallelError(.input, "peak \(name): no line is left after the division")
    }
    var result = LineProfile(
      offsets: grid, intensities: output, variances: variances, fullWidth: shape.fullWidth,
      centre: line.centre, edgeLevel: line.edgeLevel)
    result.filter = filter
    return result
  }

  /// One up to 0.9, zero at 1, smooth between.
  private static func window(_ position: Double) -> Double {
    let x = 10 * position - 9
    guard x > 0 else { return 1 }
    return x < 1 ? 1 / (1 + exp(1 / (1 - x) - 1 / x)) : 0
  }

  /// The inverse transform of window/G on the grid of the line.
  private static func quotientFilter(
    _ standard: LineProfile, line: [Double], step: Double, noise: Double, threshold: Double
  ) throws(ParallelError) -> [Double] {
    let setup = TailFit.Setup(
      terms: [.size, .background], start: 4 * standard.fullWidth, end: standard.reach)
    guard let fit = TailFit(standard, setup) else {
      throw ParallelError(
        .input,
        "the standard is measured to \(standard.reach / standard.fullWidth) full widths, expected "
          + "6 or more on both sides")
    }
    let level = fit.coefficients[.background]?.value ?? 0
    let count = line.count
    let half = count / 2
    let shape = (0..<count).map { place -> Double in
      let q = Double(place <= half ? place : place - count) * step
      guard abs(q) < standard.reach else { return 0 }
      return standard.interpolated(q).0 - level
    }
    let transform = FourierTransform(count: count)
    var (real, imaginary) = (shape, [Double](repeating: 0, count: count))
    transform.transform(&real, &imaginary, forwards: true)
    var own = (line, [Double](repeating: 0, count: count))
    transform.transform(&own.0, &own.1, forwards: true)
    let (whole, area) = (abs(shape.reduce(0, +)), abs(line.reduce(0, +)))
    let lost = (1..<half + 1).first { order in
      hypot(real[order], imaginary[order]) < threshold * whole
        || hypot(own.0[order], own.1[order]) < 3 * noise * area
    }
    let cut = lost ?? half + 1
    // window/G on both halves of the spectrum: 1/(a + ib) = (a − ib)/|·|².
    var quotient = [Double](repeating: 0, count: count)
    var turn = quotient
    for order in 0..<cut {
      let (x, y) = (real[order] / whole, imaginary[order] / whole)
      let factor = window(Double(order) / Double(cut)) / (x * x + y * y) / Double(count)
      (quotient[order], turn[order]) = (factor * x, -factor * y)
      if order > 0 { (quotient[count - order], turn[count - order]) = (factor * x, factor * y) }
    }
    transform.transform(&quotient, &turn, forwards: false)
    return quotient
  }

  /// Σ_j filter(i − j) values(j), circular.
  private static func convolution(_ filter: [Double], _ values: [Double]) -> [Double] {
    let transform = FourierTransform(count: values.count)
    let zero = [Double](repeating: 0, count: values.count)
    var (x, y) = (values, zero)
    var (real, imaginary) = (filter, zero)
    transform.transform(&x, &y, forwards: true)
    transform.transform(&real, &imaginary, forwards: true)
    for index in x.indices {
      (x[index], y[index]) = (
        x[index] * real[index] - y[index] * imaginary[index],
        x[index] * imaginary[index] + y[index] * real[index]
      )
    }
    transform.transform(&x, &y, forwards: false)
    return x.map { $0 / Double(values.count) }
  }
}
