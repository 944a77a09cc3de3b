// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// The course of every run: parse, start the session, work, report, end on all ranks alike.
enum Frame {
  /// Runs what the words after `vegard` ask for and tells how it ended.
  ///
  /// Collective.
  ///
  /// The session ends with this function, so that MPI is down before the process exits.
  static func run(_ arguments: [String]) -> ExitStatus {
    let invocation = Invocation(arguments)
    switch invocation {
    case .command(let command): return start(command, arguments)
    // No need of MPI, which takes its time.
    case .text(let text):
      return show(text)
    case .refused(let sentence):
      if isFirstByLauncher { ErrorReport.write(ParallelError(.input, sentence), verbose: false) }
      return .badInput
    }
  }

  /// Shows a text on the rank that the launcher calls the first.
  private static func show(_ text: String) -> ExitStatus {
    do throws(ParallelError) {
      if isFirstByLauncher { try Console.show(text + "\n") }
      return .done
    } catch {
      ErrorReport.write(error, verbose: false)
      return ExitStatus(error.kind)
    }
  }

  private static func start(_ command: any VegardCommand, _ arguments: [String]) -> ExitStatus {
    // Without mpirun, Open MPI would start a daemon (0.2 s, and ssh must be there) for spawning
    // processes later, which Vegard never does.
    unsafe setenv("OMPI_MCA_ess_singleton_isolated", "1", 0)
    do throws(ParallelError) {
      let session = try Session(
        options: command.common.petsc, needsPETSc: type(of: command).needsPETSc)
      Signals.listen(isFirst: session.world.isFirst)
      defer { OutputLock.releaseAll() }
      return carryOut(command, ["vegard"] + arguments, session.world)
    } catch {
      // Without a session nobody knows the ranks but the launcher.
      if isFirstByLauncher { ErrorReport.write(error, verbose: true) }
      return ExitStatus(error.kind)
    }
  }

  private static func carryOut(
    _ command: any VegardCommand, _ commandLine: [String], _ world: Communicator
  ) -> ExitStatus {
    let options = command.common
    var log: TerminalLog?
    do throws(ParallelError) {
      let opened = try TerminalLog(options, communicator: world)
      log = opened
      let context = RunContext(
        communicator: world, log: opened,
        console: Console(communicator: world, format: options.format), replaces: options.force,
        commandLine: commandLine)
      try command.run(context)
      opened.endProgress()
      try context.console.flush()
      Signals.endIsDecided()
      return context.outcome
    } catch {
      Signals.endIsDecided()
      log?.endProgress()
      log?.record(error)
      return report(error, world, verbose: options.verbose)
    }
  }

  private static func report(
    _ error: ParallelError, _ world: Communicator, verbose: Bool
  ) -> ExitStatus {
    if world.isFirst { ErrorReport.write(error, verbose: verbose) }
    let status = ExitStatus(error.kind)
    Session.endIfDoubtful(alone: world, code: status.rawValue)
    return status
  }

  private static var isFirstByLauncher: Bool {
    let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
    let environment = ProcessInfo.processInfo.environment
    return names.lazy.compactMap { environment[$0] }.first.map { $0 == "0" } ?? true
  }
}
