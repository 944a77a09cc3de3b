// SPDX-License-Identifier: Apache-2.0

import Parallel

/// Flexible GMRES: the preconditioned vectors are kept, so that the preconditioner may change from one
/// iteration to the next (Saad 1993) and need not be applied once more at the end.
///
/// Right preconditioned, one classical Gram–Schmidt pass; vectors are padded fields with zero ghosts.
package final class FlexibleKrylov {
  private let communicator: Communicator
  private var basis: [Fields] = []
  private var directions: [Fields] = []
  private let make: () -> Fields
  /// The most iterations of one solve; there is no restart.
  let limit: Int

  init(limit: Int, communicator: Communicator, make: @escaping () -> Fields) {
    self.limit = limit
    self.communicator = communicator
    self.make = make
  }

  /// How a solve ended.
  package struct Outcome {
    package let iterations: Int
    /// Norm of the residual over that of the right side.
    package let relativeResidual: Double
  }

  /// Solves A x = b from x = 0 to a relative residual.
  ///
  /// Collective.
  func solve(
    _ rightSide: Fields, into solution: Fields, tolerance: Double,
    precondition: (Fields, Fields) throws(ParallelError) -> Void,
    apply: (Fields, Fields) throws(ParallelError) -> Void
  ) throws(ParallelError) -> Outcome {
    solution.fill()
    let norm = try communicator.sum(VectorKernels.dot(rightSide, rightSide)).squareRoot()
    guard norm > 0, norm.isFinite else { return Outcome(iterations: 0, relativeResidual: norm) }
    ensure(1)
    basis[0].fill()
    VectorKernels.add(1 / norm, rightSide, to: basis[0])
    var hessenberg: [[Double]] = []
    var rotations: [(cosine: Double, sine: Double)] = []
    var projected = [norm]
    var count = 0
    while count < limit {
      ensure(count + 2)
      try precondition(basis[count], directions[count])
      try apply(directions[count], basis[count + 1])
      var column = (0...count).map { VectorKernels.dot(basis[$0], basis[count + 1]) }
      try communicator.reduce(&column, .sum)
      for index in 0...count {
        VectorKernels.add(-column[index], basis[index], to: basis[count + 1])
      }
      let rest = try communicator.sum(VectorKernels.dot(basis[count + 1], basis[count + 1]))
      column.append(rest.squareRoot())
      if column[count + 1] > 0 {
        VectorKernels.scaleAll(basis[count + 1], by: 1 / column[count + 1])
      }
      for (index, rotation) in rotations.enumerated() {
        let upper = column[index]
        column[index] = rotation.cosine * upper + rotation.sine * column[index + 1]
        column[index + 1] = rotation.cosine * column[index + 1] - rotation.sine * upper
      }
      let length = (column[count] * column[count] + column[count + 1] * column[count + 1])
        .squareRoot()
      guard length > 0, length.isFinite else { break }
      let rotation = (cosine: column[count] / length, sine: column[count + 1] / length)
      rotations.append(rotation)
      column[count] = length
      hessenberg.append(column)
      projected.append(-rotation.sine * projected[count])
      projected[count] *= rotation.cosine
      count += 1
      if abs(projected[count]) <= tolerance * norm { break }
    }
    var weights = Array(projected.prefix(count))
    for row in (0..<count).reversed() {
      for column in row + 1..<max(count, row + 1) {
        weights[row] -= hessenberg[column][row] * weights[column]
      }
      weights[row] /= hessenberg[row][row]
    }
    for index in 0..<count { VectorKernels.add(weights[index], directions[index], to: solution) }
    return Outcome(iterations: count, relativeResidual: abs(projected[count]) / norm)
  }

  private func ensure(_ count: Int) {
    while basis.count < count { basis.append(make()) }
    while directions.count < count { directions.append(make()) }
  }
}
