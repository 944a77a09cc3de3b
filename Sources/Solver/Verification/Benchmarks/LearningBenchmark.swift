// SPDX-License-Identifier: Apache-2.0

import Foundation
import Inversion
import Parallel
import Physics

/// Speed of the inversion.
extension Benchmarks {
  /// F9: both models, one to six terms, the averaged law and its bands from one particle of 5 % noise.
  @Sendable static func largeParticle(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    guard communicator.size == 1 else {
      log.warn("F9 left out: its particle is made on one rank")
      return []
    }
    var learning = LearningOptions(
      stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
    learning.models = [.m0, .m1]
    learning.terms = Array(1...6)
    // The diamond has 4 % more pixels than asked for.
    let goals = options.quick ? [(1_000, 6.0, 0.8)] : [(48_200, 6.0, 0.8), (96_400, 14.0, 1.5)]
    var rows: [BenchmarkRow] = []
    for (pixels, seconds, gigabytes) in goals {
      let clean = try DrawnSpecimen(
        pixels: pixels, place: 0, law: { ((1 - $0) * 0.05, (1 - $0) * -0.019) }, communicator)
      let image = try clean.noisy(
        DrawnSpecimen.Noise(strain: 0.05 * 0.0494), seed: 1, stream: 1)
      ProcessMemory.resetPeak()
      let start = clock()
      _ = try Learner(learning, communicator: communicator, log: SilentLog()).learn(
        train: [image], test: [])
      let cpu = Double(clock() - start) / Double(CLOCKS_PER_SEC)
      let count = image.numbering.globalCount
      rows.append(BenchmarkRow("F9", "learn from \(count) pixels, CPU s", cpu, atMost: seconds))
      rows.append(
        BenchmarkRow(
          "F9", "learn from \(count) pixels, peak GiB", ProcessMemory.peak / 1_073_741_824,
          atMost: gigabytes))
    }
    return rows
  }
}
