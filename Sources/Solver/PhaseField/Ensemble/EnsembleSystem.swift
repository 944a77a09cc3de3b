// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
public import Parallel
import Physics

/// Many particles in one dimension that share a voltage: (3.10)–(3.16) of the SI by finite volumes.
///
/// Cells of one particle exchange lithium by fluxes through their faces, which leave its content to
/// the last bit; all cells react with the electrode, at one Δφ. The ranks share the particles.
public final class EnsembleSystem {
  /// The particles.
  public let model: EnsembleModel
  /// The ranks that share them.
  public let communicator: Communicator
  /// This rank's.
  public let particles: Range<Int>
  /// What drives them now.
  public var drive = Drive.current(0)
  /// The root mean square change of X that Newton's method may leave.
  public var tolerance = 1e-8
  /// What counts as solid solution, and which particles as active.
  public var thresholds = EnsembleThresholds()
  let coherentSpinodal: ClosedRange<Double>?
  /// The fastest growth of a wave in a uniform particle, in 1/s; zero where none grows.
  let fastestGrowth: Double
  /// Cells of this rank and of all.
  let ownCells: Int
  let allCells: Double
  /// μ in eV and f″ in eV of each cell.
  let potential, curvature: Numbers
  /// The change of X that Newton's method makes at once, and its derivative by Δφ.
  let change, response: Numbers
  /// What noise adds to dX/dt in a step, in 1/s.
  let forcing: Numbers
  /// The linear equations of one particle.
  let band: BandSystem
  /// Where a cell stands in ``band``: the cells of a ring lie folded, so that neighbours stay near.
  let places: [Int]

  /// Shares the particles out, as evenly as may be.
  public init(_ model: EnsembleModel, _ communicator: Communicator) {
    self.model = model
    self.communicator = communicator
    let (count, size, rank) = (model.factors.count, communicator.size, communicator.rank)
    particles = count * rank / size..<count * (rank + 1) / size
    ownCells = particles.count * model.cells
    allCells = Double(count * model.cells)
    potential = Numbers(ownCells)
    curvature = Numbers(ownCells)
    change = Numbers(ownCells)
    response = Numbers(ownCells)
    forcing = Numbers(model.noise == nil ? 0 : ownCells)
    coherentSpinodal = model.coherentSpinodal.map { $0.low...$0.high }
    fastestGrowth = model.cells > 1 ? model.fastestGrowth : 0
    let isRing = model.ends == .periodic
    band = BandSystem(
      count: model.cells, reach: min(isRing ? 4 : 2, max(0, model.cells - 1)), sides: 3)
    let last = model.cells - 1
    places = (0...last).map { cell in
      guard isRing else { return cell }
      return 2 * cell <= last ? 2 * cell : 2 * (last - cell) + 1
    }
  }

  /// Takes the composition of each particle at the middles of its cells.
  ///
  /// - Parameter composition: of a particle's number among all and a place in nm.
  public func makeStart(_ composition: (Int, Double) -> Double) -> EnsembleState {
    let state = makeState()
    let lane = state.composition.lane
    for (own, particle) in particles.enumerated() {
      for cell in 0..<model.cells {
        lane[own * model.cells + cell] = composition(
          particle, (Double(cell) + 0.5) * model.spacing)
      }
    }
    return state
  }

  /// V₀ + Δφ.
  public func voltage(_ state: EnsembleState) -> Double {
    model.reaction.referenceVoltage + state.overpotential
  }

  /// Sums over all ranks, a message for all of them.
  func sums(_ values: [Double]) throws(ParallelError) -> [Double] {
    var values = values
    try communicator.reduce(&values, .sum)
    return values
  }
}

extension EnsembleSystem: ImplicitSystem {
  /// X, and the Δφ of all.
  public var unknowns: [EnsembleUnknown] { EnsembleUnknown.allCases }

  /// Of diffusion between neighbouring cells, κ included, and along a particle; of the current.
  public var timeScales: TimeScales {
    let (h, thermal) = (model.spacing, model.reaction.thermalEnergy)
    func rate(_ length: Double, _ kappa: Double) -> Double {
      let square = length * length
      return model.diffusivity / square * (1 + kappa / (thermal * square))
    }
    var fast = rate(h, model.kappa)
    if case .current(let current) = drive { fast = max(fast, abs(current)) }
    return TimeScales(shortest: 1 / fast, longest: 1 / rate(model.length, 0))
  }

  /// A state of zeros.
  public func makeState() -> EnsembleState {
    EnsembleState(cells: ownCells, hasNoise: model.noise != nil)
  }

  /// Zeros; Δφ is one number beside them.
  public func makeDifferential() -> EnsembleState { makeState() }

  /// Finds Δφ of a start.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func makeConsistent(
    _ state: EnsembleState, at time: Double
  ) throws(ParallelError) -> Int {
    findPotential(state)
    try findOverpotential(state, noise: 0)
    return 1
  }

  /// The root mean square of a change over all cells.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func norm(_ differential: EnsembleState) throws(ParallelError) -> Double {
    let lane = differential.composition.lane
    var sum = 0.0
    for index in 0..<ownCells { sum += lane[index] * lane[index] }
    return (try communicator.sum(sum) / allCells).squareRoot()
  }

  /// The root mean square deviation from the mean, so that what grows from little is resolved while
  /// it is little; infinite where nothing deviates, and where noise makes all deviations.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func errorScale(_ state: EnsembleState) throws(ParallelError) -> Double {
    guard model.noise == nil else { return .infinity }
    let deviation = try deviation(state)
    return deviation > 1e-12 ? deviation : .infinity
  }

  /// The mean of X less what the current has brought.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func invariants(_ state: EnsembleState) throws(ParallelError) -> [Double] {
    [try mean(state) - state.charge]
  }

  /// Whether all compositions lie inside (0, 1).
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func isInside(_ state: EnsembleState) throws(ParallelError) -> Bool {
    guard model.energy.hasBounds || model.isOpen else { return true }
    let lane = state.composition.lane
    var isInside = true
    for index in 0..<ownCells where !(lane[index] > 0 && lane[index] < 1) { isInside = false }
    return try communicator.minimum(isInside ? 1 : 0) > 0
  }
}

extension EnsembleSystem {
  /// The mean of X over all particles.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func mean(_ state: EnsembleState) throws(ParallelError) -> Double {
    let lane = state.composition.lane
    var sum = 0.0
    for index in 0..<ownCells { sum += lane[index] }
    return try communicator.sum(sum) / allCells
  }

  /// The root mean square deviation of X from its mean.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func deviation(_ state: EnsembleState) throws(ParallelError) -> Double {
    let (mean, lane) = (try mean(state), state.composition.lane)
    var sum = 0.0
    for index in 0..<ownCells { sum += (lane[index] - mean) * (lane[index] - mean) }
    return (try communicator.sum(sum) / allCells).squareRoot()
  }

  /// μ and f″ of all cells, (3.11):
  /// μ = f′(X) − κ X″ + (B/c_max)(X − X̄), X̄ the particle's own mean.
  func findPotential(_ state: EnsembleState) {
    let cells = model.cells
    let stiffness = model.kappa / (model.spacing * model.spacing)
    let (mu, bend) = (potential.lane, curvature.lane)
    for own in 0..<particles.count {
      let first = own * cells
      let x = state.composition.lane.advanced(by: first)
      var sum = 0.0
      for cell in 0..<cells { sum += x[cell] }
      let mean = sum / Double(cells)
      for cell in 0..<cells {
        let value = x[cell]
        let (left, right) = (outside(cell - 1, x), outside(cell + 1, x))
        let (slope, curvature) = model.energy.firstDerivatives(at: value)
        mu[first + cell] =
          slope - stiffness * (left - 2 * value + right) + model.coherency * (value - mean)
        bend[first + cell] = curvature
      }
    }
  }

  /// X of a cell, or what stands for it beyond the ends: a wall of c_s half a cell away has a mirror
  /// image 2c_s − X.
  @inline(__always)
  private func outside(_ cell: Int, _ x: Lane) -> Double {
    let cells = model.cells
    if cell >= 0 && cell < cells { return x[cell] }
    switch model.ends {
    case .periodic: return x[cell < 0 ? cells - 1 : 0]
    case .neutral: return x[cell < 0 ? 0 : cells - 1]
    case .composition(let wall): return 2 * wall - x[cell < 0 ? 0 : cells - 1]
    }
  }

  /// Δφ from the composition whose μ was found: exactly that of the current, or of the voltage.
  ///
  /// Collective.
  ///
  /// - Parameter noise: the mean of dX/dt that noise makes, in 1/s.
  func findOverpotential(_ state: EnsembleState, noise: Double) throws(ParallelError) {
    switch drive {
    case .voltage(let voltage):
      state.overpotential = voltage - model.reaction.referenceVoltage
    case .current(let current):
      guard model.isOpen else {
        state.overpotential = 0
        return
      }
      let (x, mu) = (state.composition.lane, potential.lane)
      let scale = 0.5 / model.reaction.thermalEnergy
      var (rising, falling) = (0.0, 0.0)
      for (own, particle) in particles.enumerated() {
        let constant = model.reaction.rateConstant * model.factors[particle]
        for index in own * model.cells..<(own + 1) * model.cells {
          let exchange = constant * SurfaceReaction.exchange(at: x[index])
          let factor = exp(scale * mu[index])
          rising += exchange * factor
          falling += exchange / factor
        }
      }
      let sums = try sums([rising, falling])
      state.overpotential = model.reaction.overpotential(
        rate: current - noise, rising: sums[0] / allCells, falling: sums[1] / allCells)
    }
  }

  /// The mean of dX/dt through the surface, in 1/s: of a driving current that one.
  ///
  /// Collective.
  func current(
    _ state: EnsembleState, noise: Double = 0
  ) throws(ParallelError) -> Double {
    if case .current(let current) = drive, model.isOpen { return current }
    return try reactionRate(state) + noise
  }

  /// The mean of dX/dt by the reaction, in 1/s, at the Δφ of a state whose μ was found.
  ///
  /// Collective.
  func reactionRate(_ state: EnsembleState) throws(ParallelError) -> Double {
    guard model.isOpen else { return 0 }
    let (x, mu) = (state.composition.lane, potential.lane)
    let scale = 0.5 / model.reaction.thermalEnergy
    var sum = 0.0
    for (own, particle) in particles.enumerated() {
      let constant = model.reaction.rateConstant * model.factors[particle]
      for index in own * model.cells..<(own + 1) * model.cells {
        sum -=
          constant * SurfaceReaction.exchange(at: x[index])
          * sinh(scale * (state.overpotential + mu[index]))
      }
    }
    return try communicator.sum(sum) / allCells
  }
}
