// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import Testing

@testable import Driver

/// A case as a command might declare one.
private struct Sample: CaseMapping {
  enum Model: String, CaseIterable {
    case plain, full
  }
  var length = 0.0
  var share = 0.5
  var count = 1
  var periodic = false
  var model = Model.plain

  static var fields: [CaseField<Sample>] {
    [
      .init("length", required: \.length, .length, "how long"),
      .init("share", \.share, .number(in: 0...1), "of it"),
      .init("count", \.count, .integer(in: 1...9), "how many"),
      .init("periodic", \.periodic, .flag, "whether it repeats"),
      .init("model", \.model, .choice, "which"),
    ]
  }
}

struct CaseReadingTests {
  private func read(_ text: String) throws -> Sample {
    try CaseReading.decode(Sample.self, from: text, path: "case.yaml")
  }

  private func message(_ text: String) -> String {
    do throws(ParallelError) {
      _ = try CaseReading.decode(Sample.self, from: text, path: "case.yaml")
      return "accepted"
    } catch {
      return error.kind == .input ? error.message : "of another kind: \(error)"
    }
  }

  @Test func quantitiesAreConvertedAndDefaultsFilledIn() throws {
    let sample = try read("length: 3 um\nperiodic: yes\nmodel: full")
    #expect(abs(sample.length - 3000) < 1e-9)
    #expect(sample.periodic && sample.model == .full && sample.count == 1)
    #expect(sample.share.isEqual(to: 0.5))
  }

  @Test(arguments: [
    ("length: 3", ["case.yaml", "line 1", "length", "\"3\" has no unit", "nm"]),
    ("lenght: 3 nm", ["unknown key \"lenght\"", "\"length\""]),
    ("length: 3 GPa", ["length", "GPa is a unit of stress"]),
    ("length: [1, 2]", ["length", "list"]),
    ("length:", ["length", "found nothing"]),
    ("count: 1", ["length", "found nothing"]),
    ("length: 3 nm\nlength: 4 nm", ["length", "twice"]),
    ("length: 3 nm\nshare: 2", ["line 2", "share", "0.0 to 1.0"]),
    ("length: 3 nm\nshare: .nan", ["share", "number"]),
    ("length: 3 nm\nshare: 1:30", ["share", "number"]),
    ("length: 3 nm\ncount: 1.5", ["count", "1.5", "whole number"]),
    ("length: 3 nm\ncount: 10", ["count", "1 to 9"]),
    ("length: 3 nm\nperiodic: maybe", ["periodic", "true or false"]),
    ("length: 3 nm\nmodel: ful", ["model", "\"full\""]),
    ("just a text", ["expected length"]),
    ("length: 3 nm\n---\nlength: 4 nm", ["case.yaml"]),
    ("\t- x", ["case.yaml", "line 1"]),
  ])
  func whatIsWrongIsSaidAtItsPlace(text: String, words: [String]) {
    let message = message(text)
    for word in words { #expect(message.contains(word), "\(message)") }
    #expect(message != "accepted")
  }

  @Test func theExampleMaterialIsTheBundledOne() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples/materials/lfp.yaml").standardizedFileURL
    let text = try String(contentsOf: path, encoding: .utf8)
    let file = try CaseReading.decode(MaterialFile.self, from: text, path: "lfp.yaml")
    #expect(file.material == .lithiumIronPhosphate)
  }
}
