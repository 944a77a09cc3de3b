// SPDX-License-Identifier: Apache-2.0

import Parallel

extension CriticalCurrent {
  /// A search for a driven particle in two or three dimensions, from its start on.
  ///
  /// - Precondition: the particle has an opening and noise; its seed and resolution are replaced.
  public init(
    _ setup: SimulationSetup, _ stepping: StepOptions, seeds: Int = 4, firstSeed: Int = 1
  ) {
    self.init(seeds: seeds, firstSeed: firstSeed) {
      (current, seed, alone) throws(ParallelError) in
      var setup = setup
      setup.model.noise?.seed = seed
      setup.model.noise?.resolution = EnsembleModel.Noise.resolution(for: current)
      setup.opening?.drive = .current(current)
      let stepper = try setup.stepper(stepping, alone)
      try Self.halfCharge(stepper, current)
      return try stepper.system.deviation(stepper.state)
    }
  }
}
