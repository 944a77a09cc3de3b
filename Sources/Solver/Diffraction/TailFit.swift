// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Parallel

/// The fit of a line's restricted moments within a window start ≤ q ≤ end.
///
/// The data are the increments of M2 over cells of the window, weighted by their variances; the
/// unknowns are the coefficients of ``TailTerm``, each times the area A. The area closes itself:
/// what lies beyond the window and the background below it are known multiples of the unknowns.
struct TailFit {
  /// What is fitted, and where.
  struct Setup {
    var terms: [TailTerm]
    /// Ends of the window in 1/nm.
    var start: Double
    var end: Double
    /// The instrument's line, whose moments are taken off.
    var instrument: InstrumentLine?
    /// Whether the products of size and strain broadening are taken off.
    var hasProduct = false
    /// The standard deviations about zero that are assumed of terms' coefficients; others are free.
    var scales: [TailTerm: Double] = [:]
  }

  let setup: Setup
  /// The width of the cells in 1/nm.
  let cellWidth: Double
  /// The area of the line.
  private(set) var area: Estimate
  /// The coefficient of each term, times the area.
  private(set) var coefficients: [TailTerm: Estimate] = [:]
  /// The weighted sum of the squared deviations and its degrees of freedom.
  private(set) var chiSquare = 0.0
  let degrees: Int
  /// Whether area and products, which the fit itself determines, came to rest.
  private(set) var isSettled = true
  /// What is taken off as the products of size and strain broadening.
  private(set) var product = TailProduct()
  /// The cells with their design.
  private(set) var cells = Cells(rows: [], weights: [], design: [], inverse: [])
  /// c0 of equation 4.3, and the constant of M4.
  private(set) var constant = Estimate(value: 0)
  private(set) var fourthConstant = Estimate(value: 0)

  /// Nil where the window has fewer cells than the fit needs, or the terms are not independent.
  init?(_ profile: LineProfile, _ setup: Setup) {
    self.setup = setup
    let spacing = profile.spacing
    let width = setup.end - setup.start
    guard width > 0, setup.start > 0, spacing > 0 else { return nil }
    let needed = setup.terms.count + 3
    // Two points a cell keep the cells nearly independent; more than 300 cells tell no more.
    // A filter correlates them anyway, and every cell with every other.
    var count = min(profile.filter.isEmpty ? 300 : 100, Int(width / (2 * spacing)))
    if count < 2 * needed { count = min(2 * needed, Int(width / spacing)) }
    guard count >= needed else { return nil }
    cellWidth = width / Double(count)
    degrees = count - setup.terms.count + setup.scales.count
    let edges = (0...count).map { setup.start + width * Double($0) / Double(count) }
    let rows = (0..<count).map {
      MomentRow(profile: profile, order: 2, from: edges[$0], to: edges[$0 + 1])
    }
    let variances = profile.effectiveVariances
    let weights = rows.map { row in
      1 / row.weights.reduce(0) { $0 + $1.weight * $1.weight * variances[$1.index] }.squareRoot()
    }
    guard weights.allSatisfy(\.isFinite) else { return nil }

    let rawArea = Estimate(
      MomentRow(profile: profile, order: 0, from: 0, to: setup.end), profile)
    area = rawArea
    let instrument = setup.instrument
    func spread(_ q: Double) -> Double { instrument?.secondMoment(q) ?? 0 }
    // The design: columns scaled to unit length, so that the rank does not depend on units. What is
    // assumed of a term is one more datum, zero, with a variance of one.
    let assumed = setup.terms.enumerated().compactMap { column, term in
      setup.scales[term].map { (column: column, weight: 1 / $0) }
    }
    let height = count + assumed.count
    var design = [Double](repeating: 0, count: height * setup.terms.count)
    for (place, item) in assumed.enumerated() {
      design[(count + place) * setup.terms.count + item.column] = item.weight
    }
    for cell in 0..<count {
      let middle = (edges[cell] + edges[cell + 1]) / 2
      for (column, term) in setup.terms.enumerated() {
        design[cell * setup.terms.count + column] =
          weights[cell]
          * (second(term, edges[cell + 1], spread(middle))
            - second(term, edges[cell], spread(middle)))
      }
    }
    let columns = setup.terms.indices
    let scales = columns.map { column in
      (0..<height).reduce(0.0) {
        let entry = design[$1 * setup.terms.count + column]
        return $0 + entry * entry
      }.squareRoot()
    }
    for index in design.indices { design[index] /= scales[index % setup.terms.count] }
    let factors = OrthogonalFactors(design, rows: height, columns: setup.terms.count)
    guard factors.rank == setup.terms.count else { return nil }
    let inverse = factors.pseudoInverse()
    cells = Cells(rows: rows, weights: weights, design: design, inverse: inverse)

    let increments = rows.map { $0.value(profile.intensities) }
    let instrumental = (0..<count).map { cell in
      instrument.map { $0.increment(edges[cell], edges[cell + 1]) } ?? 0
    }
    let inner = MomentRow(profile: profile, order: 2, from: 0, to: setup.start)
      .value(profile.intensities)
    // Area and product enter their own equations weakly: a contraction of a few per cent a pass.
    for _ in 0..<(setup.hasProduct || instrument != nil ? 40 : 1) {
      var data = (0..<count).map { cell in
        let crossed =
          product.secondMoment(edges[cell + 1]) - product.secondMoment(edges[cell])
        return weights[cell] * (increments[cell] - area.value * instrumental[cell] - crossed)
      }
      data += [Double](repeating: 0, count: assumed.count)
      let scaled = factors.solve(data)
      let last = area.value
      let lastDensity = value(.density)
      for (column, term) in setup.terms.enumerated() {
        coefficients[term] = Estimate(value: scaled[column] / scales[column])
      }
      close(rawArea)
      chiSquare = 0
      for cell in 0..<height {
        var deviation = data[cell]
        for column in columns {
          deviation -= design[cell * setup.terms.count + column] * scaled[column]
        }
        chiSquare += deviation * deviation
      }
      if setup.hasProduct { updateProduct(inner) }
      let moved =
        abs(area.value - last) / abs(last)
        + abs(value(.density) - lastDensity) / (abs(lastDensity) + 1e-300)
      isSettled = moved <= 1e-6 || !(setup.hasProduct || instrument != nil)
      if moved <= 1e-12 { break }
    }
    for (column, term) in setup.terms.enumerated() {
      var gradient = [Double](repeating: 0, count: profile.intensities.count)
      gradient += assumed.indices.map { inverse[column][count + $0] / scales[column] }
      var leak = 0.0
      for cell in 0..<count {
        let factor = inverse[column][cell] * weights[cell] / scales[column]
        rows[cell].add(factor, to: &gradient)
        leak += factor * instrumental[cell]
      }
      for index in rawArea.gradient.indices { gradient[index] -= leak * rawArea.gradient[index] }
      coefficients[term] = Estimate(value: value(term), gradient: gradient)
    }
    close(rawArea)
    constant = constant(profile, order: 2)
    fourthConstant = constant(profile, order: 4)
  }

  private func value(_ term: TailTerm) -> Double { coefficients[term]?.value ?? 0 }

  /// The terms with their coefficients, always in the same order: sums must not depend on the rank.
  private var parts: [(term: TailTerm, coefficient: Estimate)] {
    setup.terms.compactMap { term in coefficients[term].map { (term, $0) } }
  }

  private func second(_ term: TailTerm, _ q: Double, _ spread: Double) -> Double {
    term.secondMoment(q, spread: spread, reference: setup.start)
  }

  private func fourth(_ term: TailTerm, _ q: Double, _ spread: Double) -> Double {
    term.fourthMoment(q, spread: spread, reference: setup.start)
  }

  /// The product term from the present coefficients; `inner` is the integral of r² I to the start.
  private mutating func updateProduct(_ inner: Double) {
    let spread = setup.instrument?.secondMoment(setup.start) ?? 0
    var rest = inner - product.secondMoment(setup.start)
    for (term, coefficient) in parts {
      rest -= coefficient.value * second(term, setup.start, spread)
    }
    product = TailProduct(
      inverseSize: value(.size) / area.value, density: value(.density) / area.value,
      constant: rest / area.value - spread, area: area.value, start: setup.start)
  }

  /// The area from what was measured within the window and what the terms say lies beyond.
  private mutating func close(_ raw: Estimate) {
    let beyond = parts.map {
      ($0.term.areaBeyond(setup.end, reference: setup.start), $0.coefficient)
    }
    var sum = Estimate.combination([(1.0, raw)] + beyond)
    sum.value += product.areaBeyond(setup.end)
    area = (1 / (1 - (setup.instrument?.areaBeyond(setup.end) ?? 0))) * sum
  }

  /// A coefficient per area: 1/ε in 1/nm, ρ* in 1/nm².
  func normalised(_ term: TailTerm) -> Estimate? {
    coefficients[term].map { $0 / area }
  }

  private func constant(_ profile: LineProfile, order: Int) -> Estimate {
    let q = setup.start
    let spread = setup.instrument?.secondMoment(q) ?? 0
    let measured = Estimate(MomentRow(profile: profile, order: order, from: 0, to: q), profile)
    let known = parts.map { term, coefficient in
      (-(order == 2 ? second(term, q, spread) : fourth(term, q, spread)), coefficient)
    }
    var sum = Estimate.combination([(1.0, measured)] + known)
    sum.value -= order == 2 ? product.secondMoment(q) : product.fourthMoment(q)
    var result = sum / area
    if let instrument = setup.instrument {
      result.value -= order == 2 ? instrument.secondMoment(q) : instrument.fourthMoment(q)
    }
    return result
  }

  /// The fitted moments at q, over the area, without the background: M2, or M4.
  func moment(_ order: Int, _ q: Double) -> Double {
    let instrument = setup.instrument
    let spread = instrument?.secondMoment(q) ?? 0
    var sum = 0.0
    for (term, coefficient) in parts where !term.isBackground {
      sum += coefficient.value * (order == 2 ? second(term, q, spread) : fourth(term, q, spread))
    }
    sum += order == 2 ? product.secondMoment(q) : product.fourthMoment(q)
    let known = order == 2 ? constant.value : fourthConstant.value
    let line = order == 2 ? instrument?.secondMoment(q) : instrument?.fourthMoment(q)
    return sum / area.value + known + (line ?? 0)
  }

  /// The measured moment up to q, over the area, the fitted background taken off.
  func measured(_ order: Int, _ q: Double, _ profile: LineProfile) -> Estimate {
    let row = Estimate(MomentRow(profile: profile, order: order, from: 0, to: q), profile)
    let levels = parts.filter(\.term.isBackground).map { term, coefficient in
      (-(order == 2 ? term.secondMoment(q) : term.fourthMoment(q)), coefficient)
    }
    return Estimate.combination([(1.0, row)] + levels) / area
  }

  /// What the fitted background adds to a moment up to q.
  func background(_ order: Int, _ q: Double) -> Double {
    parts.filter(\.term.isBackground).reduce(0) { sum, part in
      sum + part.coefficient.value
        * (order == 2 ? part.term.secondMoment(q) : part.term.fourthMoment(q))
    }
  }
}

extension LineProfile {
  /// The variance of each point; of a filtered profile, without the correlations.
  var effectiveVariances: [Double] {
    guard !filter.isEmpty else { return variances }
    let count = filter.count
    var result = [Double](repeating: 0, count: count)
    for (shift, weight) in taps {
      for output in 0..<count {
        result[output] += weight * weight * variances[(output - shift + count) % count]
      }
    }
    return result
  }
}
