// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// The command line of Vegard.
///
/// A new command is one file in `Commands/` and one entry in ``commands``.
@main
struct Vegard: ParsableCommand {
  /// The commands, in the order of the help.
  static let commands: [any VegardCommand.Type] = [
    ImportCommand.self,
    LearnCommand.self,
    ResidualCommand.self,
    SimulateCommand.self,
    ImageCommand.self,
    PlotCommand.self,
    InspectCommand.self,
    ExportCommand.self,
    CompareCommand.self,
    DislocationCommand.self,
    DiffractCommand.self,
    CheckCommand.self,
    VerifyCommand.self,
    BenchCommand.self,
  ]

  static let configuration = CommandConfiguration(
    commandName: "vegard",
    abstract: "Learns how lattice strain follows composition, and computes what follows from it.",
    discussion: """
      Every command also runs under mpirun. Results go to the output file and a short table to \
      stdout; logs go to stderr.

      EXAMPLE
        vegard check material.yaml --format json
        mpirun -n 4 vegard verify --quick

      EXIT CODES
        0  done
        2  usage or bad input
        3  not converged, or a failed check
        4  input or output
        5  stopped by a signal or time limit, after a checkpoint where there is one
      """,
    version: Release.version,
    subcommands: commands)

  static func main() {
    // A reader that went away is no reason to die, nor is a file beyond the size limit: the write
    // that they come from says why it failed.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    let status = Frame.run(Array(CommandLine.arguments.dropFirst()))
    Foundation.exit(status.rawValue)
  }
}
