// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel

/// Directories in which files wait until all of them are made.
enum Stages {
  /// Removes those that a killed run left; call it with the output's lock in hand.
  static func removeAll(in directory: String, where isStage: (String) -> Bool) {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] where isStage(name) {
      try? files.removeItem(atPath: directory + "/" + name)
    }
  }

  /// Ends the work where a signal asked for it: a stage cannot be removed in the signal's handler.
  ///
  /// On one rank.
  static func checkNotStopped() throws(ParallelError) {
    guard Signals.raised else { return }
    throw ParallelError(.stopped, "stopped by a signal; nothing was written")
  }
}
