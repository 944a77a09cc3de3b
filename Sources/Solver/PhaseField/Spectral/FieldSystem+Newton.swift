// SPDX-License-Identifier: Apache-2.0

import Numerics
public import Parallel

/// The equations of a step, and Newton's method.
extension FieldSystem {
  /// Newton iterations of one solution.
  private static let newtonLimit = 20
  /// Conjugate gradients of one Newton iteration.
  private static let krylovLimit = 400

  /// Solves the equations of a step.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` when a message fails.
  public func solve(
    _ state: Fields, at time: Double, rate: Double, history: Fields
  ) throws(ParallelError) -> StepOutcome<Double> {
    keepContents(state, rate, history)
    var outcome = StepOutcome(energy: try evaluate(state, rate: rate, history: history))
    while true {
      guard outcome.energy.isFinite else {
        outcome.reason = "the fields left all bounds"
        return outcome
      }
      try precondition(rate)
      apply(inverse, to: residual, into: corrected)
      let left = try norm(corrected)
      if left <= tolerance {
        outcome.converged = true
        return outcome
      }
      guard outcome.newton < Self.newtonLimit else {
        outcome.reason = "Newton's method left \(left) of \(tolerance)"
        return outcome
      }
      // Newton's method squares what is left: more need not be asked of its equations.
      let solution = try solveLinear(max(0.3 * tolerance / left, min(0.05, left)))
      outcome.newton += 1
      outcome.krylov += solution.iterations
      guard solution.isPositive else {
        outcome.reason = "the energy of the step is not convex"
        return outcome
      }
      VectorKernels.add(1, change, to: state)
      outcome.energy = try evaluate(state, rate: rate, history: history)
    }
  }

  /// Contents that are kept follow from the older levels alone: a₀φ + h = 0.
  private func keepContents(_ state: Fields, _ rate: Double, _ history: Fields) {
    guard box.holdsMean else { return }
    for (field, variable) in model.variables.enumerated() where variable.kinetics.keepsContent {
      state[field][box.meanPlace] = -history[field][box.meanPlace] / rate
    }
  }

  /// What the equations leave, (a₀φ + h)/m + ∂f/∂φ + κk²φ, and the second derivatives at the points.
  ///
  /// Collective.
  ///
  /// - Returns: F.
  func evaluate(_ state: Fields, rate: Double, history: Fields?) throws(ParallelError) -> Double {
    for field in 0..<fields { try box.backwards(state[field], into: values[field]) }
    var energy = model.energy.evaluate(values, slopes: slopes, curvatures: curvatures)
    let square = box.squares[0]
    for (field, variable) in model.variables.enumerated() {
      try box.forwards(slopes[field], into: residual[field])
      let (phi, rest, weight) = (state[field], residual[field], weights[field])
      var sum = Eight.zero
      for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
        let value = phi.load(place)
        let stiff = value * square.load(place) * variable.gradient
        sum = sum.addingProduct(value, stiff)
        rest.store(place, rest.load(place) + stiff)
      }
      energy += 0.5 * sum.sum()
      guard let history else { continue }
      let old = history[field]
      for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
        let change = old.load(place).addingProduct(phi.load(place), rate)
        rest.store(place, rest.load(place).addingProduct(weight.load(place), change))
      }
    }
    return try cell * box.communicator.sum(energy)
  }

  /// Inverts the blocks a₀/m + κk² + ⟨∂²f/∂φᵢ∂φⱼ⟩ of all modes.
  ///
  /// Collective. The mean is raised where it is so negative that a block might not be positive.
  private func precondition(_ rate: Double) throws(ParallelError) {
    let pairs = fields * (fields + 1) / 2
    var means = (0..<pairs).map { box.sum(curvatures[$0]) / Double(box.count) }
    try box.communicator.reduce(&means, .sum)
    var least = Double.infinity
    let square = box.squares[0]
    for (field, variable) in model.variables.enumerated() {
      let (weight, sum) = (weights[field], diagonal[field])
      for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
        sum.store(
          place,
          (weight.load(place) * rate).addingProduct(square.load(place), variable.gradient))
      }
      // No unknown: its block is that of the others.
      if variable.kinetics.keepsContent, box.holdsMean { sum[box.meanPlace] = 1e30 }
      switch variable.kinetics {
      case .conserved(let mobility):
        least = min(least, 2 * (rate * variable.gradient / mobility).squareRoot())
      case .relaxing(let relaxation), .held(let relaxation):
        least = min(least, rate / relaxation)
      }
    }
    let matrix = (0..<fields * fields).map { means[pairIndex($0 / fields, $0 % fields)] }
    let lowest = SymmetricEigenproblem(matrix, count: fields).values.min() ?? 0
    let raise = max(0, -lowest - 0.5 * least)
    for field in 0..<fields { means[pairIndex(field, field)] += raise }
    invertBlocks(means)
  }

  /// Solves Newton's equations by preconditioned conjugate gradients.
  ///
  /// Collective.
  ///
  /// - Parameter share: what may be left, of what the preconditioner makes of the right side.
  /// - Returns: the iterations, and whether the matrix was positive as far as they saw.
  private func solveLinear(
    _ share: Double
  ) throws(ParallelError) -> (iterations: Int, isPositive: Bool) {
    change.fill()
    // The residual itself becomes what is left; the sign stands in the step.
    direction.copy(corrected)
    let communicator = box.communicator
    var square = try communicator.sum(VectorKernels.dot(residual, corrected))
    let goal = share * share * square
    for iteration in 1...Self.krylovLimit {
      try applyJacobian(direction, into: image)
      let bend = try communicator.sum(VectorKernels.dot(direction, image))
      guard bend > 0 else { return (iteration, false) }
      let step = square / bend
      VectorKernels.add(-step, direction, to: change)
      VectorKernels.add(-step, image, to: residual)
      apply(inverse, to: residual, into: corrected)
      let next = try communicator.sum(VectorKernels.dot(residual, corrected))
      if next <= goal { return (iteration, true) }
      let ratio = next / square
      square = next
      let (old, new) = (direction.all, corrected.all)
      for place in stride(from: 0, to: direction.total, by: 8) {
        old.store(place, new.load(place).addingProduct(old.load(place), ratio))
      }
    }
    return (Self.krylovLimit, true)
  }

  /// The second derivative of the step's energy times modes.
  ///
  /// Collective.
  func applyJacobian(_ modes: Fields, into result: Fields) throws(ParallelError) {
    for field in 0..<fields { try box.backwards(modes[field], into: values[field]) }
    let layout = box.layout
    // Row by row: those of all fields stay in the cache.
    for row in 0..<layout.y * layout.z {
      let start = layout.index(0, row % max(1, layout.y), row / max(1, layout.y))
      for field in 0..<fields {
        let target = products[field]
        for other in 0..<fields {
          let (bend, value) = (curvatures[pairIndex(field, other)], values[other])
          for place in stride(from: start, to: start + layout.x, by: 8) {
            let sum = other == 0 ? Eight.zero : target.load(place)
            target.store(place, sum.addingProduct(bend.load(place), value.load(place)))
          }
        }
      }
    }
    for field in 0..<fields {
      let (target, source, factor) = (result[field], modes[field], diagonal[field])
      try box.forwards(products[field], into: target)
      for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
        target.store(
          place, target.load(place).addingProduct(factor.load(place), source.load(place)))
      }
    }
  }
}
