// SPDX-License-Identifier: Apache-2.0

import Numerics
import TestSupport
import Testing

struct NormalEquationsTests {
  /// A Hilbert matrix times the least common multiple of its denominators: exact in Double.
  func hilbert(_ size: Int) -> [Double] {
    let multiple = 360_360  // of 1…15
    return (0..<size * size).map { Double(multiple / ($0 / size + $0 % size + 1)) }
  }

  func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    let size = vector.count
    return (0..<size).map { row in
      (0..<size).reduce(0) { $0 + matrix[row * size + $1] * vector[$1] }
    }
  }

  /// The normal matrix AᵀA of a design of shape (rows, columns), row-major.
  func gram(_ design: [Double], columns: Int) -> [Double] {
    let rows = design.count / columns
    return (0..<columns * columns).map { entry in
      (0..<rows).reduce(0) {
        $0 + design[$1 * columns + entry / columns] * design[$1 * columns + entry % columns]
      }
    }
  }

  @Test(arguments: [3, 5, 8])
  func hilbertSystemIsSolvedToNearlyFullPrecision(size: Int) throws {
    // Condition 1.5e10 at n = 8: without the refinement 6 to 7 digits would be lost. All sums
    // of the right side are integers, exact in Double.
    let truth = (0..<size).map { $0.isMultiple(of: 2) ? 1.0 : -3.0 }
    let matrix = hilbert(size)
    let equations = NormalEquations(matrix: matrix, rightSide: product(matrix, truth))
    let (solution, _) = try equations.solve()
    for index in 0..<size {
      #expect(agree(solution[index], truth[index], within: 1e-12), "\(solution)")
    }
  }

  @Test func inverseOfAHilbertMatrixIsTheKnownOne() throws {
    let matrix = hilbert(3)
    let equations = NormalEquations(matrix: matrix, rightSide: [0, 0, 0])
    let (solution, inverse) = try equations.solve()
    let known: [Double] = [9, -36, 30, -36, 192, -180, 30, -180, 180]
    #expect(solution == [0, 0, 0])
    for (value, expected) in zip(inverse, known) {
      #expect(agree(value * 360_360, expected, within: 1e-14))
    }
  }

  @Test func inverseIsSymmetricToTheLastBitAndInvertsAt64Unknowns() throws {
    var random = TestRandom(seed: 11)
    let size = 64
    let matrix = gram((0..<80 * size).map { _ in random.next() - 0.5 }, columns: size)
    let truth = (0..<size).map { _ in random.next() }
    let equations = NormalEquations(matrix: matrix, rightSide: product(matrix, truth))
    let (solution, inverse) = try equations.solve()
    for row in 0..<size {
      // Condition about 300 times the rounding of the right side.
      #expect(abs(solution[row] - truth[row]) < 1e-11)
      for column in 0..<size {
        #expect(inverse[row * size + column] == inverse[column * size + row])
        let entry = (0..<size).reduce(0) {
          $0 + matrix[row * size + $1] * inverse[$1 * size + column]
        }
        #expect(abs(entry - (row == column ? 1 : 0)) < 1e-11)
      }
    }
  }

  @Test func straightLineFitHasTheTextbookCovariance() throws {
    // y = 2 + 3x at x = 0…4: inverse of [[5, 10], [10, 30]] is [[0.6, −0.2], [−0.2, 0.1]].
    let equations = NormalEquations(matrix: [5, 10, 10, 30], rightSide: [40, 110])
    let (solution, inverse) = try equations.solve()
    #expect(agree(solution[0], 2, within: 1e-14))
    #expect(agree(solution[1], 3, within: 1e-14))
    for (value, expected) in zip(inverse, [0.6, -0.2, -0.2, 0.1]) {
      #expect(agree(value, expected, within: 1e-14))
    }
  }

  @Test func dependentColumnsAreNamedAndOthersAreNot() {
    // Columns 1, 2 and 4 are bound by x_1 + x_2 = x_4; 0 and 3 stand alone.
    var random = TestRandom(seed: 3)
    var design: [Double] = []
    for _ in 0..<20 {
      let row = (0..<4).map { _ in random.next() - 0.5 }
      design += [row[0], row[1], row[2], row[3], row[1] + row[2]]
    }
    let equations = NormalEquations(
      matrix: gram(design, columns: 5), rightSide: [1, 2, 3, 4, 5])
    #expect(throws: SingularDesign(undetermined: [1, 2, 4], unknowns: 5, rank: 4)) {
      _ = try equations.solve()
    }
  }

  @Test func emptyColumnIsNamedAlone() {
    let equations = NormalEquations(
      matrix: [4, 0, 1, 0, 0, 0, 1, 0, 3], rightSide: [1, 0, 2])
    let expected = SingularDesign(undetermined: [1], unknowns: 3, rank: 2)
    #expect(throws: expected) { _ = try equations.solve() }
    #expect(expected.description.contains("2 of 3"))
    #expect(expected.description.contains("undetermined: 1"))
  }

  @Test func twoNullVectorsAreBothNamed() {
    // Pairs (0, 2) and (1, 3) of equal columns, 4 alone.
    let design: [Double] = [
      1, 0, 1, 0, 0,
      0, 1, 0, 1, 0,
      2, 1, 2, 1, 1,
    ]
    let equations = NormalEquations(
      matrix: gram(design, columns: 5), rightSide: [0, 0, 0, 0, 0])
    #expect(throws: SingularDesign(undetermined: [0, 1, 2, 3], unknowns: 5, rank: 3)) {
      _ = try equations.solve()
    }
  }

  @Test func zeroMatrixDeterminesNothing() {
    let equations = NormalEquations(matrix: [0, 0, 0, 0], rightSide: [0, 0])
    #expect(throws: SingularDesign(undetermined: [0, 1], unknowns: 2, rank: 0)) {
      _ = try equations.solve()
    }
  }

  @Test func indefiniteMatrixIsRefused() {
    // Eigenvalues 3 and −1 along (1, −1).
    let equations = NormalEquations(matrix: [1, 2, 2, 1], rightSide: [0, 0])
    #expect(throws: SingularDesign(undetermined: [0, 1], unknowns: 2, rank: 1)) {
      _ = try equations.solve()
    }
  }

  @Test(arguments: [1e-150, 1e-12, 1e12, 1e150])
  func verdictAndDigitsDoNotDependOnTheUnitsOfAnUnknown(unit: Double) throws {
    let regular: [Double] = [5, 10 * unit, 10 * unit, 30 * unit * unit]
    let (solution, _) =
      try NormalEquations(matrix: regular, rightSide: [40, 110 * unit]).solve()
    #expect(agree(solution[0], 2, within: 1e-14))
    #expect(agree(solution[1], 3 / unit, within: 1e-14))
    let singular: [Double] = [4, 4 * unit, 4 * unit, 4 * unit * unit]
    #expect(throws: SingularDesign(undetermined: [0, 1], unknowns: 2, rank: 1)) {
      _ = try NormalEquations(matrix: singular, rightSide: [1, 1]).solve()
    }
  }

  @Test func toleranceDecidesBetweenWeakAndUndetermined() throws {
    // Eigenvalues 2 and 1e-6.
    let weak: [Double] = [1, 1 - 1e-6, 1 - 1e-6, 1]
    let equations = NormalEquations(matrix: weak, rightSide: [1, 1])
    let (solution, _) = try equations.solve(relativeTolerance: 1e-8)
    #expect(agree(solution[0], 1 / (2 - 1e-6), within: 1e-9))
    #expect(throws: SingularDesign(undetermined: [0, 1], unknowns: 2, rank: 1)) {
      _ = try equations.solve(relativeTolerance: 1e-5)
    }
  }

  @Test func noUnknownsAreSolvedByNothing() throws {
    let (solution, inverse) = try NormalEquations(matrix: [], rightSide: []).solve()
    #expect(solution.isEmpty)
    #expect(inverse.isEmpty)
  }
}
