// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Physics

/// What a command line asks for.
enum Invocation {
  /// Run a command.
  case command(any VegardCommand)
  /// Show a text: help, the version, a completion script.
  case text(String)
  /// The usage is wrong; the sentence says how.
  case refused(String)

  /// Reads the words after `vegard`.
  ///
  /// Without communication: the result is every rank's.
  init(_ arguments: [String]) {
    if let problem = Invocation.problem(naming: arguments) {
      self = .refused(problem)
      return
    }
    do {
      var parsed = try Vegard.parseAsRoot(arguments)
      if let command = parsed as? any VegardCommand {
        self = .command(command)
      } else {
        // Only help is left, which ArgumentParser throws as a clean exit.
        try parsed.run()
        self = .text(Vegard.helpMessage())
      }
    } catch {
      let message = Vegard.message(for: error)
      guard Vegard.exitCode(for: error) == .success else {
        let sentence = OptionNames.problem(arguments) ?? message
        self = .refused(Invocation.withAdvice(sentence, arguments))
        return
      }
      self = .text(message == Release.version ? Release.description : message)
    }
  }

  /// What is wrong with the command's name; ArgumentParser would only call it unexpected.
  private static func problem(naming arguments: [String]) -> String? {
    let names = Vegard.commands.map { $0._commandName }
    guard let first = arguments.first else {
      return "no command given, expected one of \(names.joined(separator: ", ")); "
        + "see vegard --help"
    }
    let word = first == "help" ? arguments.dropFirst().first : first
    guard let word, !word.hasPrefix("-"), !names.contains(word) else { return nil }
    if let nearest = nearestName(to: word, among: names + ["help"]) {
      return "unknown command '\(word)'; did you mean '\(nearest)'?"
    }
    return "unknown command '\(word)', expected one of \(names.joined(separator: ", "))"
  }

  /// The sentence, and where to read on.
  private static func withAdvice(_ sentence: String, _ arguments: [String]) -> String {
    let names = Vegard.commands.map { $0._commandName }
    let name = arguments.first.flatMap { names.contains($0) ? " \($0)" : nil } ?? ""
    let end = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    return "\(end); see vegard\(name) --help"
  }
}
