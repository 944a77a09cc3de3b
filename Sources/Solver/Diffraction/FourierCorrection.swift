import Foundation
public import Parallel

/// Stokes' correction: the line's Fourier coefficients divided by the standard's.
///
/// The quotient is cut off where the standard's coefficients fall below a share of their first one,
/// by a window that is one up to half the cut and a squared cosine from there: a window that is flat
/// at L = 0 leaves the second moment alone.
public enum FourierCorrection {
  /// The corrected profile on a uniform grid.
  ///
  /// - Parameters:
  ///   - line: the measured line.
  ///   - standard: the standard's line.
  ///   - threshold: the share at which the quotient ends.
  ///   - name: of the line, for messages.
  /// - Returns: the profile; its errors are those of the measured one, filtered.
  /// - Throws: ``ParallelError`` of kind `input` when the line is hardly broader than the standard,
  ///   or the standard too short for its background.
  public static func corrected(
    _ line: LineProfile, standard: LineProfile, threshold: Double = 0.05, name: String
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
    let filter = try quotientFilter(standard, step: step, count: count, threshold: threshold)
    // A straight line through the ends keeps the circular filter from seeing a jump; it passes the
    // filter unchanged.
    let low = intensity.prefix(edge).reduce(0, +) / Double(edge)
    let high = intensity.suffix(edge).reduce(0, +) / Double(edge)
    let base = grid.indices.map { low + (high - low) * Double($0) / Double(count - 1) }
    let net = zip(intensity, base).map { $0 - $1 }
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

  /// The inverse transform of window/G on the grid of the line.
  private static func quotientFilter(
    _ standard: LineProfile, step: Double, count: Int, threshold: Double
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
    let half = count / 2
    let shape = (0..<count).map { place -> Double in
      let q = Double(place <= half ? place : place - count) * step
      guard abs(q) < standard.reach else { return 0 }
      return standard.interpolated(q).0 - level
    }
    let sum = shape.reduce(0, +)
    let table = (0..<count).map { 2 * Double.pi * Double($0) / Double(count) }
    let cosines = table.map { cos($0) }
    let sines = table.map { sin($0) }
    var transform: [(real: Double, imaginary: Double)] = []
    var cut = half
    for order in 0...half {
      var real = 0.0
      var imaginary = 0.0
      for place in 0..<count where shape[place] != 0 {
        real += shape[place] * cosines[order * place % count]
        imaginary -= shape[place] * sines[order * place % count]
      }
      transform.append((real / sum, imaginary / sum))
      if (real * real + imaginary * imaginary).squareRoot() < threshold * abs(sum) {
        cut = order
        break
      }
    }
    var filter = [Double](repeating: 0, count: count)
    for order in 0..<min(cut, transform.count) {
      let position = Double(order) / Double(cut)
      let taper = position <= 0.5 ? 1 : cos(.pi * (position - 0.5)) * cos(.pi * (position - 0.5))
      let (real, imaginary) = transform[order]
      let norm = real * real + imaginary * imaginary
      // 1/(a + ib) = (a − ib)/|·|²; both halves of the spectrum, hence twice the real part.
      let factor = (order == 0 ? 1 : 2) * taper / norm / Double(count)
      for place in 0..<count {
        let angle = order * place % count
        filter[place] += factor * (real * cosines[angle] + imaginary * sines[angle])
      }
    }
    return filter
  }
}
