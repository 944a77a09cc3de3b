import Foundation
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
    // At most 4000 points: the transforms are plain sums.
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
    let output = (0..<count).map { place in
      base[place]
        + (0..<count).reduce(0.0) { $0 + filter[(place - $1 + count) % count] * net[$1] }
    }
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
    let waves = Waves(count)
    let (whole, area) = (abs(shape.reduce(0, +)), abs(line.reduce(0, +)))
    var transform: [(real: Double, imaginary: Double)] = []
    for order in 0...half {
      let (real, imaginary) = waves.coefficient(shape, order)
      let own = waves.coefficient(line, order)
      let isLost =
        hypot(real, imaginary) < threshold * whole || hypot(own.0, own.1) < 3 * noise * area
      if order > 0 && isLost { break }
      transform.append((real / whole, imaginary / whole))
    }
    let cut = transform.count
    var filter = [Double](repeating: 0, count: count)
    for (order, (real, imaginary)) in transform.enumerated() {
      let norm = real * real + imaginary * imaginary
      // 1/(a + ib) = (a − ib)/|·|²; both halves of the spectrum, hence twice the real part.
      let factor =
        (order == 0 ? 1 : 2) * window(Double(order) / Double(cut)) / norm / Double(count)
      for place in 0..<count {
        let angle = order * place % count
        filter[place] += factor * (real * waves.cosines[angle] + imaginary * waves.sines[angle])
      }
    }
    return filter
  }
}

/// Cosines and sines of all multiples of 2π/count.
private struct Waves {
  let cosines, sines: [Double]

  init(_ count: Int) {
    let angles = (0..<count).map { 2 * Double.pi * Double($0) / Double(count) }
    cosines = angles.map { cos($0) }
    sines = angles.map { sin($0) }
  }

  /// Σ v exp(−2πi k n/count): its real and its imaginary part.
  func coefficient(_ values: [Double], _ order: Int) -> (Double, Double) {
    var real = 0.0
    var imaginary = 0.0
    for place in values.indices where values[place] != 0 {
      real += values[place] * cosines[order * place % values.count]
      imaginary -= values[place] * sines[order * place % values.count]
    }
    return (real, imaginary)
  }
}
