// SPDX-License-Identifier: Apache-2.0

package import Parallel
package import Physics

/// What is put under a microscope: material on the cells of a grid, in layers along the beam.
///
/// x runs along a, y along c, the beam along b.
package protocol Subject: ~Copyable {
  /// The grid's lower corner (a, c) [nm].
  var low: SIMD2<Double> { get }
  /// The edges of a cell along a and c [nm].
  var edge: SIMD2<Double> { get }
  /// Cells along a and c.
  var counts: SIMD2<Int> { get }
  /// What a column without a void is deep [nm].
  var depth: Double { get }
  /// The composition of zero strain.
  var reference: Double { get }
  /// The law that its strain obeys; nil where it is not known.
  var law: EigenstrainLaw? { get }
  /// Where it comes from, for the stack.
  var source: String { get }

  /// Visits the layers in a window of cells.
  ///
  /// Collective: all ranks visit all layers, each its own window, which may be empty.
  ///
  /// - Parameter hasGradient: whether strain and rotation are wanted.
  /// - Throws: ``ParallelError`` of kind `input` for what the subject lacks, and what `body` throws.
  func visit(
    x: Range<Int>, y: Range<Int>, hasGradient: Bool,
    _ body: (SubjectLayer) throws(ParallelError) -> Void
  ) throws(ParallelError)
}

/// A layer of a subject in a window of its cells, x fastest.
package struct SubjectLayer {
  /// b of the layer's middle, from the middle of the depth [nm].
  package let middle: Double
  /// How deep it is [nm].
  package let depth: Double
  /// The share of each cell that is material.
  package let share: [Double]
  /// The relative thickness of each cell; empty where it is 1.
  package let thickness: [Double]
  /// Composition, where there is material.
  package let composition: [Double]
  /// ε_aa, ε_cc, ε_ac (tensor shear) and rotation; empty where they were not asked for.
  package let gradient: [[Double]]
}

extension Subject where Self: ~Copyable {
  /// The grid's upper corner (a, c) [nm].
  package var high: SIMD2<Double> { low + edge * SIMD2(Double(counts.x), Double(counts.y)) }
}
