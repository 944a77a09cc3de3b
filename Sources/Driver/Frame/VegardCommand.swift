// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Parallel

/// A command of `vegard`: its arguments as properties, its work in ``run(_:)``.
///
/// Every rank parses the same arguments and runs the same command. Throw only what every rank
/// throws; rank-local doubt passes through `context.communicator.agree`.
protocol VegardCommand: ParsableCommand {
  /// The options that every command takes.
  var common: CommonOptions { get }
  /// Whether it solves with PETSc or reads images, whose neighbours PETSc fetches.
  ///
  /// False saves the opening of PETSc's libraries.
  static var needsPETSc: Bool { get }

  /// Does the work. Collective.
  ///
  /// Results go to `context.console`, which shows them once the command has returned, so that
  /// stdout stays empty on an error.
  func run(_ context: RunContext) throws(ParallelError)
}

extension VegardCommand {
  static var needsPETSc: Bool { true }
}

/// What a command is given to work with.
final class RunContext {
  /// All ranks of the run.
  let communicator: Communicator
  /// Where progress and sentences go.
  let log: any RunLog
  /// Where results go.
  let console: Console
  /// Whether an existing output may be replaced.
  let replaces: Bool
  /// The words the user typed, `vegard` first.
  let commandLine: [String]
  /// How the run ends when the command returns; a failed check or a stop sets it.
  var outcome = ExitStatus.done

  init(
    communicator: Communicator, log: any RunLog, console: Console, replaces: Bool,
    commandLine: [String]
  ) {
    self.communicator = communicator
    self.log = log
    self.console = console
    self.replaces = replaces
    self.commandLine = commandLine
  }
}
