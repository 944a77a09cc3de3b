// SPDX-License-Identifier: Apache-2.0

import Glibc
import Numerics

/// Why numbers make no homogeneous energy.
public struct EnergyProblem: Error {
  /// What was found and what was expected.
  public let reason: String
}

/// An energy from a measured potential μ(X), joined by a Redlich–Kister polynomial in the gap.
///
/// Outside the miscibility gap the ideal part kT ln(X/(1 − X)) is taken off, what is left is
/// interpolated without overshoot (Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300) and
/// goes on as a straight line beyond the table. Inside the gap μ is not measurable; there it is
///
///     μ = kT ln(X/(1 − X)) + c + d/dX [X(1 − X) Σ L_k (2X − 1)^k],   k = 0…3,
///
/// with the value and the slope of the table at both ends and the common tangent there, ∫ μ dX over
/// the gap = its width times the potential of the coexisting phases (Maxwell).
///
/// The excess is held on a uniform grid: μ's part as a cubic in each cell (C1), f's as its integral.
@frozen
public struct TabulatedEnergy: Equatable, Sendable {
  /// Cells of the grid on [0, 1].
  public static let cells = 1024

  /// The compositions of the table outside the gap.
  public let composition: [Double]
  /// μ there in eV.
  public let potential: [Double]
  /// The compositions that coexist; nil for a solid solution.
  public let gap: ClosedRange<Double>?
  /// kT in eV.
  public let thermalEnergy: Double
  /// The excess in eV in each cell: coefficients of the powers 0…4 of the place in it, from 0 to 1.
  public private(set) var rows: [SIMD8<Double>]

  /// An energy from a table in the order of rising X; its points inside the gap are left out.
  ///
  /// - Throws: ``EnergyProblem`` where the table holds no homogeneous energy: a potential that is
  ///   constant over a wide range of X (two phases) or falls outside the gap, potentials of the
  ///   phases that differ, and joints with more than one unstable range.
  public init(
    composition: [Double], potential: [Double], gap: ClosedRange<Double>?, thermalEnergy: Double
  ) throws(EnergyProblem) {
    precondition(composition.count == potential.count)
    try TabulatedEnergy.checkOrder(composition)
    let kept = composition.indices.filter { index in
      guard let gap else { return true }
      return composition[index] <= gap.lowerBound || composition[index] >= gap.upperBound
    }
    self.composition = kept.map { composition[$0] }
    self.potential = kept.map { potential[$0] }
    self.gap = gap
    self.thermalEnergy = thermalEnergy
    let points = kept.map { MeasuredBranch.Point(x: composition[$0], mu: potential[$0]) }
    var branches = [points]
    if let gap {
      branches = [
        points.filter { $0.x <= gap.lowerBound }, points.filter { $0.x >= gap.upperBound },
      ]
    }
    var measured: [MeasuredBranch] = []
    for points in branches { measured.append(try MeasuredBranch(points, thermalEnergy)) }
    var join: GapJoin?
    if let gap { join = try GapJoin(measured[0], measured[1], gap, thermalEnergy) }
    func excess(_ x: Double) -> (value: Double, slope: Double) {
      guard let gap, let join else { return measured[0].excess(at: x) }
      if x <= gap.lowerBound { return measured[0].excess(at: x) }
      return x < gap.upperBound ? join.excess(at: x) : measured[1].excess(at: x)
    }
    rows = TabulatedEnergy.rows(excess)
    try checkStability()
  }

  private static func checkOrder(_ composition: [Double]) throws(EnergyProblem) {
    for (index, x) in composition.enumerated() {
      guard x > 0, x < 1 else {
        throw EnergyProblem(
          reason: "point \(index + 1): found X = \(x), expected it between 0 and 1")
      }
      guard index == 0 || x > composition[index - 1] else {
        throw EnergyProblem(
          reason: "point \(index + 1): found X = \(x) after \(composition[index - 1]), expected "
            + "rising compositions")
      }
    }
  }

  /// The integral of Hermite's cubics through an excess potential and its slopes.
  private static func rows(
    _ excess: (Double) -> (value: Double, slope: Double)
  ) -> [SIMD8<Double>] {
    let h = 1 / Double(cells)
    var value = 0.0
    var left = excess(0)
    return (0..<cells).map { cell in
      let right = excess(Double(cell + 1) * h)
      let rise = right.value - left.value
      let (a, b) = (h * left.slope, h * right.slope)
      let row = SIMD8<Double>(
        value, h * left.value, h * a / 2, h * (3 * rise - 2 * a - b) / 3,
        h * (a + b - 2 * rise) / 4, 0, 0, 0)
      value += row[1] + row[2] + row[3] + row[4]
      left = right
      return row
    }
  }

  /// The excess and its first two derivatives.
  func excess(at x: Double) -> EnergyDerivatives {
    let count = Double(TabulatedEnergy.cells)
    let place = x * count
    let cell = min(max(Int(place), 0), TabulatedEnergy.cells - 1)
    let (t, row) = (place - Double(cell), rows[cell])
    return EnergyDerivatives(
      value: (((row[4] * t + row[3]) * t + row[2]) * t + row[1]) * t + row[0],
      slope: (((4 * row[4] * t + 3 * row[3]) * t + 2 * row[2]) * t + row[1]) * count,
      curvature: ((12 * row[4] * t + 6 * row[3]) * t + 2 * row[2]) * count * count)
  }

  /// The same energy and ½ B X².
  func adding(curvature: Double) -> TabulatedEnergy {
    var law = self
    let h = 1 / Double(TabulatedEnergy.cells)
    for cell in rows.indices {
      let x = Double(cell) * h
      law.rows[cell] +=
        0.5 * curvature * SIMD8<Double>(x * x, 2 * x * h, h * h, 0, 0, 0, 0, 0)
    }
    return law
  }

  /// Refuses what is unstable outside the gap, and joints that wind.
  private func checkStability() throws(EnergyProblem) {
    let energy = BulkEnergy.tabulated(self)
    let count = 2 * TabulatedEnergy.cells
    var turns = 0
    var isUnstable = false
    for index in 1..<count {
      let x = Double(index) / Double(count)
      let bends = energy.curvature(at: x) < 0
      if bends, !(gap?.contains(x) ?? false) {
        throw EnergyProblem(
          reason: "found a potential that falls at X = \(x), expected it to rise outside the gap: "
            + "a stable phase has f″ > 0")
      }
      if bends != isUnstable { turns += 1 }
      isUnstable = bends
    }
    guard gap == nil || turns == 2 else {
      throw EnergyProblem(
        reason: "found \(turns) spinodal points inside the gap, expected 2: the table near the "
          + "gap's ends does not fit two coexisting phases")
    }
  }
}

/// One side of a measured potential.
struct MeasuredBranch {
  struct Point {
    let x: Double
    let mu: Double
  }

  /// A range of X over which a homogeneous phase's potential changes by more than ``plateauRise``.
  private static let plateauWidth = 0.1
  /// In kT; ideal mixing alone makes at least 0.4 over ``plateauWidth``.
  private static let plateauRise = 0.1

  /// μ − kT ln(X/(1 − X)) in eV.
  private let curve: MonotoneCubic

  /// - Throws: ``EnergyProblem`` for fewer than two points, a plateau, and a falling potential.
  init(_ points: [Point], _ thermalEnergy: Double) throws(EnergyProblem) {
    guard points.count > 1 else {
      throw EnergyProblem(
        reason: "found \(points.count) points on one side of the gap, expected at least 2 on each")
    }
    try MeasuredBranch.checkPlateau(points, thermalEnergy)
    for (point, next) in zip(points, points.dropFirst()) where !(next.mu > point.mu) {
      throw EnergyProblem(
        reason: "found μ = \(next.mu) eV at X = \(next.x) after \(point.mu) eV at \(point.x), "
          + "expected it to rise outside the gap: a stable phase has f″ > 0")
    }
    curve = MonotoneCubic(
      points.map(\.x), points.map { $0.mu - thermalEnergy * log($0.x / (1 - $0.x)) })
  }

  /// A measured potential that does not move is that of two phases side by side.
  private static func checkPlateau(
    _ points: [Point], _ thermalEnergy: Double
  ) throws(EnergyProblem) {
    for (index, first) in points.enumerated() {
      var (lowest, highest) = (first.mu, first.mu)
      var end = first
      for point in points[(index + 1)...] {
        (lowest, highest) = (min(lowest, point.mu), max(highest, point.mu))
        if highest - lowest > plateauRise * thermalEnergy { break }
        end = point
      }
      guard end.x - first.x < plateauWidth else {
        throw EnergyProblem(
          reason: "found μ constant within \(plateauRise) kT from X = \(first.x) to \(end.x): "
            + "there two phases coexist, and the measured potential is that of their mixture and holds no "
            + "homogeneous energy; give the gap, inside which a Redlich–Kister polynomial stands "
            + "for it")
      }
    }
  }

  /// The excess potential and its slope, a straight line beyond the points.
  func excess(at place: Double) -> (value: Double, slope: Double) { curve.derivatives(at: place) }
}

/// c + d/dX [X(1 − X) Σ L_k (2X − 1)^k] in a miscibility gap.
struct GapJoin {
  /// How far apart in kT the potentials of the phases may be measured.
  private static let tolerance = 0.1

  private let constant: Double
  private let polynomial: RedlichKister

  /// - Throws: ``EnergyProblem`` where the potentials at the ends differ.
  init(
    _ low: MeasuredBranch, _ high: MeasuredBranch, _ gap: ClosedRange<Double>,
    _ thermalEnergy: Double
  ) throws(EnergyProblem) {
    let entropy = MixingEntropy(thermalEnergy: thermalEnergy)
    let (from, to) = (gap.lowerBound, gap.upperBound)
    let (left, right) = (low.excess(at: from), high.excess(at: to))
    let (ideal, last) = (entropy.derivatives(at: from), entropy.derivatives(at: to))
    let (first, second) = (left.value + ideal.slope, right.value + last.slope)
    guard abs(second - first) <= GapJoin.tolerance * thermalEnergy else {
      throw EnergyProblem(
        reason: "found μ = \(first) eV at X = \(from) and \(second) eV at \(to), the ends of "
          + "the gap: phases that coexist have one potential, expected a difference of at most "
          + "\(GapJoin.tolerance) kT")
    }
    let area = 0.5 * (first + second) * (to - from) - (last.value - ideal.value)
    // Columns c, L_0…L_3; rows: values and slopes at the ends, the integral.
    let terms = (0..<4).map { term in
      RedlichKister(
        entropy: entropy,
        coefficients: (0...term).map { $0 == term ? 1 : 0 })
    }
    let starts = terms.map { $0.excess(at: from) }
    let ends = terms.map { $0.excess(at: to) }
    let matrix =
      [1] + starts.map(\.slope) + [1] + ends.map(\.slope) + [0] + starts.map(\.curvature) + [0]
      + ends.map(\.curvature) + [to - from] + zip(ends, starts).map { $0.value - $1.value }
    guard let factors = try? PivotedFactors(matrix, count: 5) else {
      throw EnergyProblem(reason: "found the gap \(from) to \(to), expected a wider one")
    }
    let solution = factors.solved([left.value, right.value, left.slope, right.slope, area])
    constant = solution[0]
    polynomial = RedlichKister(entropy: entropy, coefficients: Array(solution.dropFirst()))
  }

  /// The excess potential and its slope.
  func excess(at x: Double) -> (value: Double, slope: Double) {
    let all = polynomial.excess(at: x)
    return (constant + all.slope, all.curvature)
  }
}
