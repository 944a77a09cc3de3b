// SPDX-License-Identifier: Apache-2.0

import Parallel
import TestSupport
import XCTest

@testable import Import

/// Tables as spreadsheets, pandas, R and C write them.
final class TextTableTests: XCTestCase {
  private let plain: [Double] = [0.25, -1.5, 3, 4.125, 1e-3, 6, 7.5, -8, 9]

  private func read(_ text: String) throws -> [Double] {
    let path = try TestSession.scratch() + "/table.csv"
    try TestSession.write(text, to: path)
    let communicator = TestSession.communicator
    var table = try TextTable(path, communicator: communicator)
    if table.endsEmpty { table.dropLast() }
    XCTAssertEqual([table.rows, table.columns], [3, 3], text)
    // Each rank asks for all of them.
    return try table.read(0..<table.rows, communicator: communicator)
  }

  func testSpellingsOfOneTable() throws {
    for text in [
      "0.25,-1.5,3\n4.125,1e-3,6\n7.5,-8,9\n", "\u{FEFF}0.25,-1.5,3\r\n4.125,.001,6.\r\n7.5,-8,+9",
      "0.25, -1.5, 3\n4.125, 1E-03, 6 # note\n# comment\n7.5, -8, 9,\n".replacing(
        ",\n", with: "\n"),
      "0.25,-1.5,3,\n4.125,1e-3,6,\n7.5,-8,9,\n",
      "\"0.25\",\"-1.5\",\"3\"\n4.125,1e-3,6\n7.5,-8,9\n",
      "0,25;-1,5;3\n4,125;1e-3;6\n7,5;-8;9\n", "0,25\t-1,5\t3\n4,125\t1e-3\t6\n7,5\t-8\t9\n",
      "0,25 -1,5 3\n4,125 1e-3 6\n7,5 -8 9\n",
      "  0.25  -1.5 3\n4.125 1.00000000000000000e-03 6\n7.5 -8 9",
      "x,y,z\n0.25,-1.5,3\n4.125,1e-3,6\n7.5,-8,9\n",
      "0,1,2\n0.25,-1.5,3\n4.125,1e-3,6\n7.5,-8,9\n",
      ",0,1,2\n0,0.25,-1.5,3\n1,4.125,1e-3,6\n2,7.5,-8,9\n",
      ",0,49.5,99\n0,0.25,-1.5,3\n49.5,4.125,1e-3,6\n99,7.5,-8,9\n",
      "1,0.25,-1.5,3\n2,4.125,1e-3,6\n3,7.5,-8,9\n",
      "\"u\",\"v\",\"w\"\n\"1\",0.25,-1.5,3\n\"2\",4.125,1e-3,6\n\"3\",7.5,-8,9\n",
    ] { XCTAssertEqual(try read(text), plain, text) }
  }

  func testWordsForNoData() throws {
    for word in ["nan", "NA", "#N/A", "#DIV/0!", "1.#QNAN", "-1.#IND", "", "null", "--", "-nan"] {
      let found = try read("\(word),-1.5,3\n4.125,\(word),6\n7.5,-8,9\n")
      XCTAssertEqual(found.map(\.isNaN), plain.indices.map { [0, 4].contains($0) }, word)
    }
  }

  func testNumbersAreRoundedOnce() throws {
    for text in [
      "0.1", "1.7976931348623157e308", "4.9e-324", "9007199254740993",
      "123456789012345678901234567890",
      "1.991665472000000000e+00", "2.2250738585072011e-308", "0.3000000000000000444089209850062616",
      "8.5e22", "1e23", "0.000001e-17",
    ] {
      let found = try read("\(text),-1.5,3\n4.125,1,6\n7.5,-8,9\n")
      XCTAssertEqual(found[0], Double(text), text)
    }
  }

  func testWhatIsNoTableIsRefused() throws {
    for (cell, words) in [
      ("\"1,234.5\"", "thousands"), ("0x10", "0x10"), ("1e999", "1e999"), ("1 234", "1 234"),
      ("1.2.3", "1.2.3"), ("--1", "--1"), ("1e", "1e"), ("e5", "e5"),
    ] {
      let message = TestSession.message {
        _ = try self.read("0.5,1,3\n4.125,1e-3,6\n\(cell),-8,9\n")
      }
      XCTAssertTrue(message.contains("line 3, cell 1") && message.contains(words), message)
    }
  }
}
