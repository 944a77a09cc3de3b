// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// A phase field that current or voltage drives through parts of its surface.
extension PhaseFieldSystem: DrivenSystem {
  /// What drives it; rest where the body is closed.
  public var drive: Drive {
    get { surface?.drive ?? .current(0) }
    set { surface?.drive = newValue }
  }

  /// The area in nm² that lithium passes.
  public var surfaceArea: Double { surface?.area ?? 0 }

  /// The mean of X over the solid, V and the mean of dX/dt.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func reading(_ state: Fields) throws(ParallelError) -> DriveReading {
    let mean = try content(state) / solidVolume
    guard let surface else { return DriveReading(mean: mean, voltage: 0, current: 0) }
    return DriveReading(
      mean: mean, voltage: surface.referenceVoltage + state.overpotential,
      current: try surface.total(state).flux / solidVolume)
  }

  /// Shifts the guess of a step to the content that the current makes.
  ///
  /// Collective. Newton's method keeps the content to rounding, but finds it only as well as its
  /// linear equations are solved.
  ///
  /// - Returns: whether the guess stays inside (0, 1).
  func takeContent(_ state: Fields, _ history: Fields) throws(ParallelError) -> Bool {
    guard let surface, case .current = surface.drive else { return true }
    let lack = try surface.total(state).flux - rates(state, history)
    shift(state, by: lack / (rate * solidVolume))
    return try isInside(state)
  }

  /// Balances the content with what enters, and notes the charge: the integral of the current by the
  /// same formula as X.
  ///
  /// Collective. What Newton's method leaves of a driving voltage's balance, below its tolerance, is a
  /// uniform shift of X.
  func takeCharge(_ state: Fields, _ history: Fields) throws(ParallelError) {
    guard let surface else { return }
    var total = try surface.total(state)
    // Twice: the first shift is of the tolerance's size, and changes the flux to first order only.
    for _ in 0..<2 {
      let lack = total.flux - (try rates(state, history))
      shift(state, by: lack / (rate * solidVolume - total.slope))
      total = try surface.total(state)
    }
    state.charge = (total.flux / solidVolume - history.charge) / rate
  }

  /// Σ m (a₀ X + h) in nm³/s.
  ///
  /// Collective.
  private func rates(_ state: Fields, _ history: Fields) throws(ParallelError) -> Double {
    let (x, h) = (state[.composition], history[.composition])
    var sum = 0.0
    forSolid { place, m in sum += m * (rate * x[place] + h[place]) }
    return try grid.communicator.sum(sum)
  }

  private func shift(_ state: Fields, by amount: Double) {
    let x = state[.composition]
    forSolid { place, _ in x[place] += amount }
  }
}
