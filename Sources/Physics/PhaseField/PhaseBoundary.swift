// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A flat boundary between the two phases of an energy, without elasticity.
public struct PhaseBoundary: Sendable {
  /// The compositions of the phases, the ends of the common tangent.
  public let phases: (low: Double, high: Double)
  /// The distance between quarter and three quarters of the composition, in nm per √(κ/eV nm²).
  ///
  /// Quarters of [0, 1] where the energy is bounded to it and the phases lie beyond them, of the step
  /// between the phases otherwise.
  public let unitWidth: Double
  /// From the middle of the quarters to one of them.
  public let quarter: Double

  /// The boundary of an energy; nil where one phase is stable at all compositions.
  public init?(_ energy: BulkEnergy) {
    guard let phases = PhaseBoundary.tangent(energy) else { return nil }
    self.phases = phases
    let isWide = energy.hasBounds && phases.low < 0.25 && 0.75 < phases.high
    let (low, high) = isWide ? (0, 1) : phases
    let (from, to) = (low + 0.25 * (high - low), low + 0.75 * (high - low))
    quarter = isWide ? 0.25 : (high - low) / 4
    let base = energy.value(at: phases.low)
    let slope = (energy.value(at: phases.high) - base) / (phases.high - phases.low)
    // ½ κ X'² = Δf, the height above the tangent; Simpson's rule.
    let count = 400
    let step = (to - from) / Double(count)
    var sum = 0.0
    for index in 0...count {
      let x = from + step * Double(index)
      let height = energy.value(at: x) - base - slope * (x - phases.low)
      let weight = index == 0 || index == count ? 1.0 : (index.isMultiple(of: 2) ? 2 : 4)
      sum += weight / (2 * height).squareRoot()
    }
    unitWidth = sum * step / 3
  }

  /// The width in nm for a gradient penalty in eV nm².
  public func width(kappa: Double) -> Double { unitWidth * kappa.squareRoot() }

  /// The widest common tangent: the longest gap of the lower convex hull, refined by Newton's method.
  private static func tangent(_ energy: BulkEnergy) -> (low: Double, high: Double)? {
    let (first, last) = energy.hasBounds ? (1e-6, 1 - 1e-6) : (-1.0, 2.0)
    let count = 6000
    var hull: [(x: Double, f: Double)] = []
    for index in 0...count {
      let x = first + (last - first) * Double(index) / Double(count)
      let point = (x: x, f: energy.value(at: x))
      while hull.count > 1 {
        let (p, q) = (hull[hull.count - 2], hull[hull.count - 1])
        let isBelow = (q.f - p.f) * (point.x - p.x) < (point.f - p.f) * (q.x - p.x)
        if isBelow { break }
        hull.removeLast()
      }
      hull.append(point)
    }
    var best = (low: 0.0, high: 0.0)
    for (p, q) in zip(hull, hull.dropFirst()) where q.x - p.x > best.high - best.low {
      best = (p.x, q.x)
    }
    guard best.high - best.low > 3 * (last - first) / Double(count) else { return nil }
    for _ in 0..<20 {
      // f'(high) = f'(low) = the tangent's slope.
      let (gl, gh) = (energy.slope(at: best.low), energy.slope(at: best.high))
      let gap = best.high - best.low
      let mean = (energy.value(at: best.high) - energy.value(at: best.low)) / gap
      let (hl, hh) = (energy.curvature(at: best.low), energy.curvature(at: best.high))
      guard hl > 0, hh > 0 else { return nil }
      // The slope of the tangent does not depend on its ends to first order.
      best.low = max(first, best.low + (mean - gl) / hl)
      best.high = min(last, best.high + (mean - gh) / hh)
    }
    return best
  }
}

extension BulkEnergy {
  /// f in eV.
  public func value(at composition: Double) -> Double { derivatives(at: composition).value }
  /// f' in eV.
  public func slope(at composition: Double) -> Double { derivatives(at: composition).slope }
  /// f'' in eV.
  public func curvature(at composition: Double) -> Double { derivatives(at: composition).curvature }

  /// f' and f'' in eV.
  public func firstDerivatives(
    at composition: Double
  ) -> (slope: Double, curvature: Double) {
    // The value of the regular solution would cost as much as the slope.
    guard case .regularSolution(let law) = self else {
      let all = derivatives(at: composition)
      return (all.slope, all.curvature)
    }
    let rest = 1 - composition
    return (
      law.omega * (rest - composition) + law.thermalEnergy * log(composition / rest),
      law.curvature(at: composition)
    )
  }

  private func derivatives(at x: Double) -> EnergyDerivatives {
    switch self {
    case .regularSolution(let law):
      let (lnX, lnRest) = (log(x), log(1 - x))
      return EnergyDerivatives(
        value: law.omega * x * (1 - x) + law.thermalEnergy * (x * lnX + (1 - x) * lnRest),
        slope: law.omega * (1 - 2 * x) + law.thermalEnergy * (lnX - lnRest),
        curvature: law.curvature(at: x))
    case .polynomial(let energy):
      var (value, slope, half) = (0.0, 0.0, 0.0)
      for coefficient in energy.coefficients.reversed() {
        half = half * x + slope
        slope = slope * x + value
        value = value * x + coefficient
      }
      return EnergyDerivatives(value: value, slope: slope, curvature: 2 * half)
    case .redlichKister(let law): return law.entropy.derivatives(at: x) + law.excess(at: x)
    case .tabulated(let law):
      return MixingEntropy(thermalEnergy: law.thermalEnergy).derivatives(at: x) + law.excess(at: x)
    }
  }
}
