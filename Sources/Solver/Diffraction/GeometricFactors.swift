// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// Λ of reflections and slip systems, the matrix of equation 4.5 of the SI.
public enum GeometricFactors {
  /// Λ = (π/2) g² b² C of each reflection (rows) and system (columns).
  ///
  /// - Parameters:
  ///   - systems: the slip systems.
  ///   - reflections: the lines.
  ///   - crystals: of several, such as the two phases of a half-lithiated powder, the mean Λ.
  ///   - averaged: whether equivalent reflections are averaged.
  /// - Returns: the matrix.
  /// - Throws: ``ParallelError`` of kind `input` with the words of ``CrystalError``.
  public static func matrix(
    systems: [SlipSystem], reflections: [Reflection], crystals: [Crystal], averaged: Bool
  ) throws(ParallelError) -> [[Double]] {
    var members: [[[Double]]] = []
    for crystal in crystals {
      var rows = reflections.map { _ in [Double]() }
      for system in systems {
        do throws(CrystalError) {
          let factors = ContrastFactors(try StraightDislocation(system, in: crystal))
          for (index, reflection) in reflections.enumerated() {
            rows[index].append(
              try factors.geometricFactor(of: reflection, in: crystal, averaged: averaged))
          }
        } catch {
          throw ParallelError(.input, "system \(system.label): \(error.key): \(error)")
        }
      }
      members.append(rows)
    }
    return DecompositionProblem.mean(members)
  }
}
