// SPDX-License-Identifier: Apache-2.0

package import Parallel
import PhaseField
package import Physics

/// A stored step of a phase-field run under the microscope.
package struct RunSubject: ~Copyable, Subject {
  /// The stored steps.
  package let steps: [Int]
  /// The step that is seen.
  package var step: Int
  /// The composition of zero strain.
  package var reference: Double = 1
  /// The law of the run; nil where it is not known.
  package var law: EigenstrainLaw?
  private let run: RunLayers
  private let path: String

  /// Opens a run; its last step is seen.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a file that is no run in two or three dimensions.
  package init(_ path: String, communicator: Communicator) throws(ParallelError) {
    run = try RunLayers(path, communicator: communicator)
    steps = run.steps
    step = run.steps[run.steps.count - 1]
    self.path = path
  }

  /// The part of the run's case that fixes its physics, as YAML.
  package var physics: String { run.physics }
  package var low: SIMD2<Double> { .zero }
  package var edge: SIMD2<Double> { SIMD2(run.spacing.x, run.spacing.y) }
  package var counts: SIMD2<Int> { SIMD2(run.elements.x, run.elements.y) }
  package var depth: Double { run.spacing.z * Double(run.elements.z) }
  package var source: String { "\(path), step \(step)" }

  package func visit(
    x: Range<Int>, y: Range<Int>, hasGradient: Bool,
    _ body: (SubjectLayer) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    let edge = run.spacing.z
    let half = depth / 2
    try run.visit(step: step, x: x, y: y, hasGradient: hasGradient) {
      (layer, found) throws(ParallelError) in
      try body(
        SubjectLayer(
          middle: (Double(layer) + 0.5) * edge - half, depth: edge, share: found.share,
          thickness: [], composition: found.composition, gradient: found.gradient))
    }
  }
}
