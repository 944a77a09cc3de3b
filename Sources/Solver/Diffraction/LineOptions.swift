// SPDX-License-Identifier: Apache-2.0

/// How a line is analysed.
public struct LineOptions: Sendable {
  /// Where the fit starts, in full widths at half maximum.
  public var start: Double
  /// Where the fit ends, in full widths; nil is where the window ends.
  public var end: Double?
  /// What lies beneath a line.
  public enum Background: Sendable, Equatable {
    /// A level that may bend, and neighbours' tails; fitted.
    case curved
    /// A level, no neighbours; fitted.
    case flat
    /// It is known, in the units of the pattern.
    case known(Double)
  }

  /// What lies beneath the line.
  public var background: Background
  /// Whether the crystallites have a size; without one only dislocations broaden.
  public var hasSize: Bool
  /// q0 of equation 4.3 in 1/nm, where it is known; only then c0 gives the taper.
  public var strainCutoff: Double?
  /// Above this relative standard deviation ρ* counts as not determined.
  public var largestError: Double

  /// Options with their defaults.
  ///
  /// A start at three full widths: with the term ln q/q² the bias is below 1 per cent from there on,
  /// and the counting error of ρ* grows with the second to third power of the start.
  public init(
    start: Double = 3, end: Double? = nil, background: Background = .curved, hasSize: Bool = true,
    strainCutoff: Double? = nil, largestError: Double = 0.5
  ) {
    self.start = start
    self.end = end
    self.background = background
    self.hasSize = hasSize
    self.strainCutoff = strainCutoff
    self.largestError = largestError
  }
}

/// A number with its standard deviation.
public struct Measured: Sendable, Equatable {
  /// The number.
  public var value: Double
  /// Its standard deviation.
  public var deviation: Double

  /// A number with its standard deviation.
  public init(_ value: Double, _ deviation: Double) {
    self.value = value
    self.deviation = deviation
  }

  init(_ estimate: Estimate, _ profile: LineProfile) {
    self.init(estimate.value, estimate.deviation(profile))
  }
}

/// What one fit of a line's moments says.
public struct MomentFit: Sendable {
  /// The terms that were fitted.
  public let terms: [String]
  /// ρ* in 1/nm².
  public let density: Measured
  /// 1/ε in 1/nm; nil where no size was fitted.
  public let inverseSize: Measured?
  /// c0 of equation 4.3 in 1/nm²: taper, Scherrer constant and q0 in one, with q in 1/nm.
  public let constant: Measured
  /// ⟨ρ*²⟩ in 1/nm⁴; nil where it was not fitted.
  public let meanSquare: Measured?
  /// The background, in the units of the pattern; nil where it was given.
  public let background: Measured?
  /// χ² and its degrees of freedom.
  public let chiSquare: Double
  /// Cells less unknowns.
  public let degrees: Int
  /// The names of what ``covariance`` is about.
  public let names: [String]
  /// The covariance by counting statistics, shape (names, names).
  public let covariance: [[Double]]

  /// The size in nm by counting statistics, where it is told from none by two standard deviations.
  public var size: Measured? {
    guard let inverse = inverseSize, inverse.value > 2 * inverse.deviation else { return nil }
    return Measured(
      1 / inverse.value, inverse.deviation / (inverse.value * inverse.value))
  }

  init(_ fit: TailFit, _ profile: LineProfile) {
    terms = fit.setup.terms.map(\.rawValue)
    var known: [(String, Estimate)] = []
    func keep(_ name: String, _ estimate: Estimate?) -> Measured? {
      guard let estimate else { return nil }
      known.append((name, estimate))
      return Measured(estimate, profile)
    }
    density = keep("rho_effective", fit.normalised(.density)) ?? Measured(0, 0)
    inverseSize = keep("inverse_size", fit.normalised(.size))
    constant = keep("c0", fit.constant) ?? Measured(0, 0)
    var square = fit.normalised(.square)
    // The joint fit takes a part off before.
    square?.value += fit.product.square / fit.area.value
    meanSquare = keep("mean_square", square)
    background = keep("background", fit.coefficients[.background])
    chiSquare = fit.chiSquare
    degrees = fit.degrees
    names = known.map(\.0)
    covariance = known.map { first in
      known.map { Estimate.covariance(first.1, $0.1, profile) }
    }
  }
}
