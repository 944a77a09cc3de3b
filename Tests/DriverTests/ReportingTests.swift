// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import Testing

@testable import Driver

struct ReportingTests {
  @Test func numbersInJSONReadBackAsTheSameNumber() throws {
    let values = [
      0.1, -0.0, .leastNonzeroMagnitude, 1e22, 1 / 3, .greatestFiniteMagnitude, 474.000000000003,
    ]
    let text = JSONValue.numbers(values).encoded
    let read = try JSONDecoder().decode([Double].self, from: Data(text.utf8))
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func whatIsNotFiniteIsNull() {
    #expect(JSONValue.numbers([.nan, .infinity, -.infinity]).encoded == "[null, null, null]")
  }

  @Test func keysAreSortedAndTextsEscaped() throws {
    let value: JSONValue = ["b": "\"\\\u{1}\nÅ", "a": [1, true, .null, [:], []]]
    let text = value.encoded
    #expect(text.firstRange(of: "\"a\"").map { $0.lowerBound < text.endIndex } == true)
    #expect(text.contains("\\u0001"))
    let read = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(read?["b"] as? String == "\"\\\u{1}\nÅ")
    #expect(text.split(separator: "\"").first { $0.count == 1 && $0 != " " } == "a")
  }

  @Test func columnsAreAlignedAndNumbersSetRight() {
    var table = Table("name", "length [nm]")
    table.add("a", Table.number(10.5))
    table.add("long name", Table.number(.nan))
    #expect(
      table.lines == ["name       length [nm]", "a                 10.5", "long name            -"])
  }

  @Test func anErrorIsOneLineAndItsTraceIsShownOnRequest() {
    let error = ParallelError(.library, "one\n  two", stack: ["inner", "outer"])
    #expect(ErrorReport.lines(error, verbose: false) == ["vegard: one; two"])
    #expect(
      ErrorReport.lines(error, verbose: true) == ["vegard: one; two", "  inner", "  outer"])
  }

  @Test func eigenvaluesOfAnIsotropicStiffnessAreThreeKAndTwoMu() {
    // K = 100, mu = 30: C11 = K + 4/3 mu, C12 = K - 2/3 mu.
    let stiffness = OrthotropicStiffness(
      in: 1, c11: 140, c22: 140, c33: 140, c44: 30, c55: 30, c66: 30, c12: 80, c13: 80, c23: 80)
    let expected = [60.0, 60, 60, 60, 60, 300]
    // A double root of the cubic is known to the square root of the rounding error.
    for (value, wanted) in zip(stiffness.eigenvalues, expected) {
      #expect(abs(value - wanted) < 1e-5)
    }
  }
}
