// SPDX-License-Identifier: Apache-2.0

import Foundation
import Physics

/// The options of a command, as ArgumentParser's own description lists them.
///
/// ArgumentParser reports a missing argument before an unknown option; a user who mistyped the
/// option that would have given it needs the option's name.
struct OptionNames: Decodable {
  private let command: Command

  private struct Command: Decodable {
    let commandName: String
    let arguments: [Argument]?
    let subcommands: [Command]?
  }

  private struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      var written: String { (kind == "long" ? "--" : "-") + name }
    }
    let kind: String
    let names: [Name]?
  }

  /// Says which of the words is no option of its command; nil where all are known.
  static func problem(_ arguments: [String]) -> String? {
    let description = Data(Vegard._dumpHelp().utf8)
    guard let all = try? JSONDecoder().decode(OptionNames.self, from: description) else {
      return nil
    }
    return all.problem(arguments)
  }

  private func problem(_ arguments: [String]) -> String? {
    let named = command.subcommands?.first { $0.commandName == arguments.first }
    let options = (named ?? command).arguments?.filter { $0.kind != "positional" } ?? []
    var words = arguments.prefix { $0 != "--" }[...]
    while let word = words.popFirst() {
      guard word.count > 1, word.hasPrefix("-"), Double(word) == nil else { continue }
      let name = String(word.prefix { $0 != "=" })
      let option = options.first { $0.names?.contains { $0.written == name } ?? false }
      guard let option else {
        // Letters may be joined ("-fo"); ArgumentParser knows how.
        guard name.hasPrefix("--") else { continue }
        return OptionNames.refusal(name, options)
      }
      if option.kind == "option" && name == word { words = words.dropFirst() }
    }
    return nil
  }

  private static func refusal(_ name: String, _ options: [Argument]) -> String {
    let valid = options.flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name)
    let nearest = nearestName(to: String(name.dropFirst(2)), among: valid)
    return "unknown option '\(name)'" + (nearest.map { "; did you mean '--\($0)'?" } ?? "")
  }
}
