// SPDX-License-Identifier: Apache-2.0

import Numerics
import Parallel
import Physics
import TestSupport

@testable import PhaseField
@testable import Verification

/// A small particle with a void, every term of the equations and fields without symmetry.
struct PhaseFieldFixture {
  let waves: ManufacturedSolution
  let system: PhaseFieldSystem
  let state: Fields
  let history: Fields

  /// In three dimensions, or a plate in two; its ghosts are filled.
  init(
    isPlane: Bool = false, _ elements: (Int, Int, Int) = (9, 7, 6), energy: BulkEnergy? = nil,
    changing change: (inout PhaseFieldModel) -> Void = { _ in }
  ) throws {
    let communicator = TestSession.communicator
    waves = ManufacturedSolution(
      isPlane ? (elements.0, elements.1, 0) : elements, energy: energy, communicator)
    let solid = VolumeFractions(waves.grid) { at in
      let (x, y, z) = (at.x - 25, at.y - 18, isPlane ? 0 : at.z - 16)
      return (x * x + y * y + z * z).squareRoot() - 9.3
    }
    var model = waves.model
    change(&model)
    system = try PhaseFieldSystem(grid: waves.grid, model: model, fractions: solid)
    system.options.tolerance = 1e-11
    system.options.linearTolerance = 1e-6
    state = system.makeState()
    waves.set(state) { $0.value($1, 0) }
    history = Fields(waves.grid.layout, count: 1)
    waves.set(history) { $0.rate($1, 0.3) }
    try state.fillGhosts(waves.grid.halo)
    try history.fillGhosts(waves.grid.halo)
  }

  /// A change of some of the fields, unlike the state.
  func change(_ components: Range<Int>, _ time: Double = 0.7) -> Fields {
    let change = system.makeState()
    waves.set(change) { $0.value($1, time) - $0.mean }
    for component in 0..<5 where !components.contains(component) {
      VectorKernels.scale(change, component, by: 0)
    }
    return change
  }

  /// The rows of a scaled residual as the equations have them.
  func unscaled(_ rows: Fields) -> Fields {
    let result = system.makeState()
    result.copy(rows)
    system.unscale(result)
    return result
  }

  /// The residual of a state, unscaled.
  func residual(_ state: Fields) throws -> Fields {
    _ = try system.evaluate(state, history: history)
    return unscaled(system.residual)
  }

  /// The state and a multiple of a change.
  func moved(_ change: Fields, by factor: Double) -> Fields {
    let result = system.makeState()
    result.copy(state)
    VectorKernels.add(factor, change, to: result)
    return result
  }

  /// The derivative of the unscaled residual along a change.
  func derivative(_ change: Fields) throws -> Fields {
    _ = try system.evaluate(state, history: history)
    let product = system.makeState()
    try system.applyDerivative(change, product, state: state)
    return unscaled(product)
  }

  /// The product over all ranks of some of the fields, own nodes only.
  func dot(_ first: Fields, _ second: Fields, _ components: Range<Int> = 0..<5) throws -> Double {
    let layout = waves.grid.layout
    var sum = 0.0
    for component in components {
      let (x, y) = (first[component], second[component])
      for k in 0..<layout.z {
        for j in 0..<layout.y {
          let row = layout.index(0, j, k)
          for place in row..<row + layout.x { sum += x[place] * y[place] }
        }
      }
    }
    return try waves.grid.communicator.sum(sum)
  }

  func norm(_ fields: Fields, _ components: Range<Int> = 0..<5) throws -> Double {
    try dot(fields, fields, components).squareRoot()
  }
}

extension SimulationSetup.Start {
  /// A tilted front of LiFePO4 with a ripple, which has no symmetry.
  static func front(at position: Double, amplitude: Double = 0.485) -> SimulationSetup.Start {
    SimulationSetup.Start(
      mean: 0.5,
      pattern: .front(
        SimulationSetup.Front(
          amplitude: amplitude, position: position, width: 12.15, tilt: 0.25, ripple: 0.004)))
  }
}
