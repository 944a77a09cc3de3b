// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel

/// A ``FieldModel`` on a ``SpectralBox``, for a ``TimeStepper``; its states are modes.
///
/// The equations of a step, of mode k of field i with m = M k² or L,
///
///     (a₀φ + h)/m + ∂f/∂φ + κk²φ = 0
///
/// are where the gradient of F + Σ (a₀/2m)(φ + h/a₀)² vanishes. Newton's equations are so symmetric,
/// and positive wherever the step is short enough for its solution to be unique: conjugate gradients
/// tell. Products with ∂²f/∂φᵢ∂φⱼ are taken point by point, all else mode by mode.
public final class FieldSystem {
  /// The fields and their energy.
  public let model: FieldModel
  /// Where they are.
  public let box: SpectralBox
  /// What Newton's method may leave, in the unit of ``norm(_:)``.
  public var tolerance = 1e-8
  let fields: Int
  /// φ, ∂f/∂φ, ∂²f/∂φ², and a product with it, at the points.
  let values, slopes, curvatures, products: Fields
  /// What the equations leave, the solution of Newton's, and the vectors of conjugate gradients.
  let residual, change, direction, image, corrected: Fields
  /// 1/m, 0 where a content is kept, and a₀/m + κk².
  let weights, diagonal: Fields
  /// The inverse of the blocks with the mean of ∂²f/∂φᵢ∂φⱼ in its place.
  let inverse: Fields

  /// Makes the system; without communication.
  public init(_ model: FieldModel, _ box: SpectralBox) {
    (self.model, self.box) = (model, box)
    fields = model.variables.count
    let pairs = fields * (fields + 1) / 2
    func points(_ count: Int) -> Fields { Fields(box.layout, count: count) }
    func modes(_ count: Int) -> Fields { Fields(box.modeLayout, count: count) }
    (values, slopes, products) = (points(fields), points(fields), points(fields))
    curvatures = points(pairs)
    (residual, change, direction) = (modes(fields), modes(fields), modes(fields))
    (image, corrected) = (modes(fields), modes(fields))
    (weights, diagonal, inverse) = (modes(fields), modes(fields), modes(pairs))
    for (field, variable) in model.variables.enumerated() {
      let (weight, square) = (weights[field], box.squares[0])
      for place in box.ownModes {
        switch variable.kinetics {
        case .conserved(let mobility): weight[place] = 1 / (mobility * square[place])
        case .relaxing(let rate), .held(let rate): weight[place] = 1 / rate
        }
      }
      if variable.kinetics.keepsContent, box.holdsMean { weight[box.meanPlace] = 0 }
    }
  }

  /// The volume of a point.
  var cell: Double { box.volume / Double(box.count) }

  /// Takes the fields from what they are at places, each sampled `oversampling` times as finely along
  /// every axis and projected on the modes.
  ///
  /// A start that does not fit the sides of the box, such as one that jumps from one end of a periodic
  /// axis to the other, is one thing when projected, another when sampled at the points. Collective.
  /// Above 1 each rank samples all of the box.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func makeStart(
    oversampling: Int = 1, _ value: (_ field: Int, _ place: Directions<Double>) -> Double
  ) throws(ParallelError) -> Fields {
    let state = makeState()
    for field in 0..<fields {
      if oversampling > 1 {
        try box.project(oversampling, into: state[field]) { value(field, $0) }
      } else {
        box.sample(into: values[field]) { value(field, $0) }
        try box.forwards(values[field], into: state[field])
      }
    }
    return state
  }

  /// The values of a state at the points of this rank, valid until the next call.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  package func points(of state: Fields) throws(ParallelError) -> Fields {
    for field in 0..<fields { try box.backwards(state[field], into: values[field]) }
    return values
  }
}

extension FieldSystem: ImplicitSystem {
  /// The fields.
  public var unknowns: [FieldVariable] { model.variables }

  /// Of the shortest waves, and of the longest; fields that relax move their phases' boundaries.
  public var timeScales: TimeScales {
    let (bend, size, points) = (model.energy.curvature, box.size, box.points)
    let isPlane = points.z == 1
    let ends = [size.x, size.y] + (isPlane ? [] : [size.z])
    let finest = zip(ends, [points.x, points.y, points.z]).map { $0 / Double($1) }.min() ?? 1
    let (short, long) = (Double.pi / finest, Double.pi / (ends.max() ?? 1))
    var (fast, slow) = (0.0, Double.infinity)
    for variable in model.variables {
      switch variable.kinetics {
      case .conserved(let mobility):
        fast = max(fast, mobility * short * short * (bend + variable.gradient * short * short))
        slow = min(slow, mobility * long * long * bend)
      case .relaxing(let rate), .held(let rate):
        fast = max(fast, rate * (bend + variable.gradient * short * short))
        slow = min(slow, rate * max(variable.gradient * long * long, 1e-6 * bend))
      }
    }
    return TimeScales(shortest: 1 / fast, longest: 1 / slow)
  }

  /// Modes of zero.
  public func makeState() -> Fields { Fields(box.modeLayout, count: fields) }

  /// Modes of zero: all fields are differential.
  public func makeDifferential() -> Fields { makeState() }

  /// Nothing to find.
  ///
  /// - Throws: nothing.
  public func makeConsistent(_ state: Fields, at time: Double) throws(ParallelError) -> Int { 0 }

  /// The root mean square of a change over points and fields, each in units of its range.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func norm(_ differential: Fields) throws(ParallelError) -> Double {
    try norm(differential, withoutMean: false)
  }

  /// The root mean square deviation from the means: what grows from little is resolved while it is
  /// little.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func errorScale(_ state: Fields) throws(ParallelError) -> Double {
    let deviation = try norm(state, withoutMean: true)
    return deviation > 1e-12 ? deviation : .infinity
  }

  /// F.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func energy(_ state: Fields) throws(ParallelError) -> Double {
    try evaluate(state, rate: 0, history: nil)
  }

  /// The energy only falls, up to what the error of a step makes and sums round.
  public func refusal(of energy: Double, after former: Double, allowedError: Double) -> String? {
    let (rise, limit) = (energy - former, energyTolerance(allowedError))
    return rise <= limit ? nil : "the energy rose by \(rise), allowed \(limit)"
  }

  /// What an error of the fields may add to the energy, which is stationary in equilibrium.
  package func energyTolerance(_ error: Double) -> Double {
    box.volume * model.energy.barrier * max(error * error, 1e-12)
  }

  /// The means of the fields whose content stays.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func invariants(_ state: Fields) throws(ParallelError) -> [Double] {
    let means = try means(state)
    return zip(model.variables, means).filter(\.0.kinetics.keepsContent).map(\.1)
  }

  /// Whether what drives the fields is small: the potentials' deviations, by their own scale.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func isInEquilibrium(
    _ state: Fields, allowedError: Double
  ) throws(ParallelError) -> Bool {
    _ = try evaluate(state, rate: 0, history: nil)
    if box.holdsMean {
      for (field, variable) in model.variables.enumerated() where variable.kinetics.keepsContent {
        residual[field][box.meanPlace] = 0
      }
    }
    return try norm(residual) <= 1e-2 * allowedError * model.energy.curvature
  }

  /// The means of all fields and the spread of the energy.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func summary(
    of state: Fields, drift: [Double], mustStop: Bool
  ) throws(ParallelError) -> FieldSummary {
    var means = try means(state)
    means.append(mustStop ? 1 : 0)
    try box.communicator.reduce(&means, .maximum)
    return FieldSummary(
      means: Array(means.prefix(fields)), drift: drift, mustStop: means[fields] > 0)
  }

  /// The means of all fields.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func means(_ state: Fields) throws(ParallelError) -> [Double] {
    var means = [Double](repeating: 0, count: fields)
    if box.holdsMean {
      let scale = 1 / Double(box.count).squareRoot()
      for field in 0..<fields { means[field] = state[field][box.meanPlace] * scale }
    }
    try box.communicator.reduce(&means, .sum)
    return means
  }

  /// The root mean square over points and fields, from the modes.
  func norm(_ modes: Fields, withoutMean: Bool) throws(ParallelError) -> Double {
    var sum = 0.0
    for (field, variable) in model.variables.enumerated() {
      let lane = modes[field]
      var own = VectorKernels.dot(lane, lane, modes.layout)
      if withoutMean, box.holdsMean {
        own -= lane[box.meanPlace] * lane[box.meanPlace]
      }
      sum += max(0, own) / (variable.range * variable.range)
    }
    return (try box.communicator.sum(sum) / Double(box.count * fields)).squareRoot()
  }
}

/// What is looked at after a step of a ``FieldSystem``.
public struct FieldSummary: Sendable {
  /// The means of all fields.
  public let means: [Double]
  /// How far the means of those whose content stays have gone since the start.
  public let drift: [Double]
  /// Whether a rank was asked to stop.
  public let mustStop: Bool
}
