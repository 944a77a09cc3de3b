// SPDX-License-Identifier: Apache-2.0

import Foundation
import Numerics
import Testing

struct FourierTransformTests {
  /// X_k = Σ x_n exp(∓2πi kn/N), by the sum itself.
  private func sum(_ x: [Double], _ y: [Double], forwards: Bool) -> ([Double], [Double]) {
    let count = x.count
    var (real, imaginary) = (x, y)
    for k in 0..<count {
      (real[k], imaginary[k]) = (0, 0)
      for n in 0..<count {
        let angle = (forwards ? -2 : 2) * Double.pi * Double(k * n % count) / Double(count)
        real[k] += x[n] * cos(angle) - y[n] * sin(angle)
        imaginary[k] += x[n] * sin(angle) + y[n] * cos(angle)
      }
    }
    return (real, imaginary)
  }

  @Test(arguments: [1, 2, 3, 5, 8, 12, 31, 64, 77, 255])
  func anyLengthAgreesWithTheSum(count: Int) {
    let noise = IndexedNoise(seed: count)
    let x = (0..<count).map { noise.normal(stream: 0, index: $0) }
    let y = (0..<count).map { noise.normal(stream: 1, index: $0) }
    let transform = FourierTransform(count: count)
    for forwards in [true, false] {
      let (real, imaginary) = sum(x, y, forwards: forwards)
      var (u, v) = (x, y)
      transform.transform(&u, &v, forwards: forwards)
      for index in 0..<count {
        #expect(abs(u[index] - real[index]) < 1e-12 * Double(count))
        #expect(abs(v[index] - imaginary[index]) < 1e-12 * Double(count))
      }
    }
  }

  @Test func strideAndStartTouchNothingElse() {
    var real = (0..<40).map(Double.init)
    var imaginary = [Double](repeating: 1, count: 40)
    let transform = FourierTransform(count: 7)
    transform.transform(&real, &imaginary, start: 3, stride: 5, forwards: true)
    transform.transform(&real, &imaginary, start: 3, stride: 5, forwards: false)
    for index in 0..<40 {
      let factor = index % 5 == 3 && index < 38 ? 7.0 : 1
      #expect(abs(real[index] - factor * Double(index)) < 1e-11)
      #expect(abs(imaginary[index] - factor) < 1e-11)
    }
  }
}

struct SmallMatrixTests {
  @Test func pivotedFactorsSolveWhereADiagonalEntryIsZero() throws {
    let matrix = [0.0, 2, 1, 1, 1, 0, 3, 0, 4]
    let exact = [1.0, -2, 0.5]
    let right = (0..<3).map { row in
      (0..<3).reduce(0) { $0 + matrix[3 * row + $1] * exact[$1] }
    }
    let found = try PivotedFactors(matrix, count: 3).solved(right)
    for (one, other) in zip(found, exact) { #expect(abs(one - other) < 1e-14) }
    #expect(throws: SingularDesign(undetermined: [1], unknowns: 2, rank: 1)) {
      _ = try PivotedFactors([1, 2, 2, 4], count: 2)
    }
  }

  @Test func aCovarianceWithoutVarianceInOneDirectionHasAFactor() {
    let covariance = [4.0, 2, 0, 2, 1, 0, 0, 0, 0]
    let lower = CholeskyFactor(covariance: covariance, count: 3, leastShare: 1e-10).lower
    #expect(lower[0] == 2 && lower[3] == 1 && lower[8] == 0)
    #expect(abs(lower[4] - 1e-5) < 1e-12)
  }

  @Test func joinedSetsAreKnownByTheSmallestMember() {
    var sets = DisjointSets(count: 8)
    for (one, other) in [(5, 3), (3, 6), (1, 7), (6, 7)] { sets.join(one, other) }
    #expect((0..<8).map { sets.root($0) } == [0, 1, 2, 1, 4, 1, 1, 1])
  }
}
