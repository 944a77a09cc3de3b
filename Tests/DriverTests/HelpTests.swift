// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import Driver

/// What `--help` shows can be pasted into a shell.
struct HelpTests {
  /// A command's name and its discussion.
  static let texts: [(String, String)] =
    [("vegard", Vegard.configuration.discussion)]
    + Vegard.commands.map { ($0._commandName, $0.configuration.discussion) }

  @Test(arguments: texts)
  func indentedLinesFitATerminal(name: String, discussion: String) {
    for line in discussion.split(separator: "\n") where line.hasPrefix("  ") {
      #expect(line.count <= 80, "\(name): the parser of the command line wraps «\(line)»")
    }
  }

  @Test(arguments: texts)
  func everyExampleIsACommandLine(name: String, discussion: String) throws {
    let example = discussion.split(separator: "EXAMPLE\n", maxSplits: 1)
    try #require(example.count == 2, "\(name) has no example")
    let block = example[1].split(separator: "\n\n", maxSplits: 1)[0]
    let lines = block.split(separator: "\n").map { $0.trimmingPrefix(while: { $0 == " " }) }
    let joined = lines.joined(separator: "\n").split(separator: "\\\n").joined(separator: " ")
    for line in joined.split(separator: "\n") {
      let words = Self.words(line)
      let start = try #require(words.firstIndex(of: "vegard"), "\(name): «\(line)»")
      guard case .command = Invocation(Array(words[(start + 1)...])) else {
        Issue.record("\(name): «\(line)» is not understood")
        continue
      }
    }
  }

  /// A line as a shell splits it; double quotes hold a word together.
  private static func words(_ line: some StringProtocol) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in String(line) + " " {
      switch character {
      case "\"": isQuoted.toggle()
      case " " where !isQuoted:
        if !word.isEmpty { words.append(word) }
        word = ""
      default: word.append(character)
      }
    }
    return words
  }
}
