// SPDX-License-Identifier: Apache-2.0

import Formats
import Foundation
import Parallel

/// Where a result comes from; every output carries it in its root attributes.
struct Provenance {
  /// The version of Vegard.
  var version = Release.version
  /// The commit it was built from, where the build recorded it.
  var commit = Release.commit ?? "unknown"
  /// The words the user typed.
  var commandLine: String
  /// When the run began, in UTC.
  var date = Date.now.formatted(.iso8601)
  /// The number of ranks.
  var ranks: Int
  /// The seed of the random numbers, where there are any.
  var seed: Int?
  /// The case as it was run, defaults filled in; empty where there is no case file.
  var effectiveCase: String

  init(_ context: RunContext, seed: Int? = nil, effectiveCase: String = "") {
    commandLine = context.commandLine.map(Provenance.quoted).joined(separator: " ")
    ranks = context.communicator.size
    self.seed = seed
    self.effectiveCase = effectiveCase
  }

  /// Writes the root attributes.
  ///
  /// Collective.
  ///
  /// The clock differs between ranks and every rank writes: the first one's date holds.
  func write(
    to file: borrowing OutputFile, communicator: Communicator
  ) throws(ParallelError) {
    let texts = try communicator.first { () throws(ParallelError) in
      date + "\n" + commit
    }.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    try file.set(ProvenanceFormat.version, version)
    try file.set(ProvenanceFormat.commit, texts.last ?? commit)
    try file.set(ProvenanceFormat.commandLine, commandLine)
    try file.set(ProvenanceFormat.date, texts.first ?? date)
    try file.set(ProvenanceFormat.ranks, ranks)
    if let seed { try file.set(ProvenanceFormat.seed, seed) }
    if !effectiveCase.isEmpty { try file.set(ProvenanceFormat.effectiveCase, effectiveCase) }
  }

  /// A word as a shell would have to be given it.
  private static func quoted(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "-_./,=:+@%".unicodeScalars.contains(scalar)
    }
    if plain && !word.isEmpty { return word }
    return "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
