// SPDX-License-Identifier: Apache-2.0

import Parallel

/// How a run ended, as the shell sees it.
///
/// The codes are a contract.
enum ExitStatus: Int32 {
  /// Everything asked for is done.
  case done = 0
  /// The usage or an input is wrong.
  case badInput = 2
  /// An iteration did not converge, or a check failed.
  case notConverged = 3
  /// A file could not be read or written.
  case inputOutput = 4
  /// A signal or the time limit ended the run, after a checkpoint where there is one.
  case stopped = 5

  /// The code for an error.
  ///
  /// HDF5's own failures come as `file`; what else a library reports is a computation that broke.
  init(_ kind: ParallelError.Kind) {
    self =
      switch kind {
      case .input: .badInput
      case .file: .inputOutput
      case .library, .notConverged: .notConverged
      case .stopped: .stopped
      }
  }
}
