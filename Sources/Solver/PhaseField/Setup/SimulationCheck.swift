// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

extension SimulationSetup {
  /// The least number of elements that resolves an interface.
  public static let leastElementsAcross = 4.0

  /// What is wrong with the setup, as far as its constants tell, and what is doubtful.
  ///
  /// Without communication.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for constants out of range, an outline that is no
  ///   polygon or leaves the box, a void outside the particle, and a start outside (0, 1) or the box.
  /// - Returns: sentences to warn with.
  public func check() throws(ParallelError) -> [String] {
    try checkNumbers()
    try checkOutline()
    for index in voids.indices { try checkVoid(index) }
    try checkStart()
    let doubts = openingDoubts
    guard let across = elementsAcross, across < SimulationSetup.leastElementsAcross else {
      return doubts
    }
    let rounded = (across * 100).rounded() / 100
    return doubts + [
      "the interface is \(rounded) elements wide, expected at least 4: refine the grid "
        + "or let kappa be larger"
    ]
  }

  /// The boundary between the phases; nil where the energy has one phase.
  public var boundary: PhaseBoundary? { PhaseBoundary(model.energy) }

  /// Elements across the interface, along the grid direction with the fewest.
  ///
  /// An interface across a, c or b is √κ of that direction wide; those between cross more elements.
  public var elementsAcross: Double? {
    guard let boundary else { return nil }
    func across(_ kappa: Double, _ size: Double, _ count: Int) -> Double {
      boundary.width(kappa: kappa) * Double(count) / size
    }
    let plane = min(
      across(model.kappa.x, size.x, elements.x), across(model.kappa.y, size.y, elements.y))
    return elements.z == 0 ? plane : min(plane, across(model.kappa.z, size.z, elements.z))
  }

  /// Element counts that resolve the interface and halve three times, so that multigrid goes deep.
  public var recommendedElements: Directions<Int> {
    func count(_ present: Int, _ size: Double, _ kappa: Double) -> Int {
      let needed =
        boundary.map {
          Int((SimulationSetup.leastElementsAcross * size / $0.width(kappa: kappa)).rounded(.up))
        } ?? present
      return (max(present, needed) + 7) / 8 * 8
    }
    return Directions(
      count(elements.x, size.x, model.kappa.x), count(elements.y, size.y, model.kappa.y),
      elements.z == 0 ? 0 : count(elements.z, size.z, model.kappa.z))
  }

  private func checkOutline() throws(ParallelError) {
    guard let outline else { return }
    if case .prism(let polygon) = outline, let problem = polygon.problem {
      throw ParallelError(.input, "outline: \(problem)")
    }
    let (low, high) = outline.bounds
    // A corner on the border may be off by a rounding.
    let slack = 1e-9 * max(size.x, size.y)
    guard low.x >= -slack, low.y >= -slack, high.x <= size.x + slack, high.y <= size.y + slack
    else {
      throw ParallelError(
        .input,
        "outline: found an extent from (\(low.x), \(low.y)) to (\(high.x), \(high.y)) nm in the ac "
          + "plane, expected one inside the box of \(size.x) × \(size.y) nm")
    }
  }

  private func checkVoid(_ index: Int) throws(ParallelError) {
    let shape = elements.z == 0 ? voids[index].section : voids[index]
    if case .prism(let polygon) = shape, let problem = polygon.problem {
      throw ParallelError(.input, "voids: void \(index + 1): \(problem)")
    }
    let (low, high) = shape.bounds
    func overlap(_ low: Double, _ high: Double, _ size: Double, _ isPeriodic: Bool) -> (
      Double, Double
    ) {
      isPeriodic ? (max(low, -size), min(high, 2 * size)) : (max(low, 0), min(high, size))
    }
    let x = overlap(low.x, high.x, size.x, periodic.x)
    let y = overlap(low.y, high.y, size.y, periodic.y)
    let z = elements.z == 0 ? (0, 1) : overlap(low.z, high.z, size.z, false)
    let meetsBox = x.0 < x.1 && y.0 < y.1 && z.0 < z.1
    // Points of the void that the box holds: is one of them in the outline?
    let count = 24
    func isInside(_ number: Int) -> Bool {
      func at(_ range: (Double, Double), _ step: Int) -> Double {
        range.0 + (range.1 - range.0) * (Double(step) + 0.5) / Double(count)
      }
      let place = Directions(
        at(x, number % count), at(y, number / count % count), at(z, number / (count * count)))
      return shape.distance(place) < 0 && (outline.map { $0.distance(place) < 0 } ?? true)
    }
    guard meetsBox, (0..<count * count * count).contains(where: isInside) else {
      throw ParallelError(
        .input,
        "voids: void \(index + 1), a \(voids[index].name) from (\(low.x), \(low.y)) to "
          + "(\(high.x), \(high.y)) nm in the ac plane, lies outside the particle in the box of "
          + "\(size.x) × \(size.y) × \(size.z) nm (a × c × b)")
    }
  }

  private func checkStart() throws(ParallelError) {
    switch start.pattern {
    case .front(let front):
      guard front.position >= 0, front.position <= size.x else {
        throw ParallelError(
          .input,
          "start.position: found \(front.position) nm, expected a front inside the box, "
            + "0 to \(size.x) nm along a")
      }
      let reach = abs(front.amplitude) + abs(front.ripple)
      try checkRange(start.mean - reach, start.mean + reach)
    case .noise(let amplitude, _):
      try checkRange(start.mean - amplitude, start.mean + amplitude)
    case .waves, .stored: try checkRange(start.mean, start.mean)
    }
  }

  /// Refuses compositions outside (0, 1) where the energy is bounded to it.
  func checkRange(_ lowest: Double, _ highest: Double) throws(ParallelError) {
    let isInside = lowest > 0 && highest < 1
    guard lowest.isFinite, highest.isFinite, isInside || !model.energy.hasBounds else {
      throw ParallelError(
        .input,
        "start: found compositions from \(lowest) to \(highest), expected them between 0 and 1")
    }
  }
}
