// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Driver
@testable import Verification

/// What `verify` makes of a value.
struct VerdictTests {
  @Test
  func knownDeviationIsNeitherAMissNorUnbounded() {
    let reason = "for a reason"
    let near = StudyResult("x", 8.3, target: 8.62, tolerance: 0.1)
    #expect(near.verdict == .missed)
    #expect(near.known(reason, bound: 0.4).verdict == .knownDeviation)
    #expect(near.known(reason, bound: 0.3).verdict == .missed)
    let far = StudyResult("x", 9.1, target: 8.62, tolerance: 0.1).known(reason, bound: 0.4)
    #expect(far.verdict == .missed)
    let fine = StudyResult("x", 8.6, target: 8.62, tolerance: 0.1).known(reason, bound: 0.4)
    #expect(fine.verdict == .passed)
    let broken = StudyResult("x", .nan, target: 8.62, tolerance: 0.1).known(reason, bound: 0.4)
    #expect(broken.verdict == .missed)
  }

  @Test
  func speedRowsRunWhereTheyAreNamed() throws {
    let studies = ["D1", "F8"].map { Study($0, "") { (_, _, _) in [] } }
    let speed = ["F1", "F2"].map { Study($0, "") { (_, _, _) in [] } }
    func chosen(_ ids: [String]) throws -> [String] {
      try VerifyCommand.selection(ids, of: studies, named: speed).map(\.id)
    }
    #expect(try chosen([]) == ["D1", "F8"])
    #expect(try chosen(["F2"]) == ["F2"])
    #expect(try chosen(["F"]) == ["F8", "F1", "F2"])
  }
}
