// SPDX-License-Identifier: Apache-2.0

/// A failure that a rank reports, with the words a user needs to act on it.
///
/// Every rank of a communicator throws the same error (see ``Communicator/agree(_:)``), so that
/// the run ends cleanly with one message.
public struct ParallelError: Error, Sendable, CustomStringConvertible {
  /// What the failure means to the user; the driver turns it into an exit code.
  public enum Kind: Int, Sendable {
    /// The input or the usage is wrong.
    case input
    /// A file could not be read or written.
    case file
    /// PETSc, MPI or HDF5 reported an error.
    case library
    /// An iteration did not converge or a factorisation broke down.
    case notConverged
    /// A signal ended the work.
    case stopped
  }

  /// What the failure means.
  public let kind: Kind
  /// One sentence: what was being done, what was found, what was expected.
  public let message: String
  /// The library's own trace, innermost last; empty where there is none.
  public let stack: [String]

  /// Makes an error of `kind` with a sentence and the library's trace.
  public init(_ kind: Kind, _ message: String, stack: [String] = []) {
    self.kind = kind
    self.message = message
    self.stack = stack
  }

  /// The sentence, followed by the library's trace.
  public var description: String {
    ([message] + stack.map { "  " + $0 }).joined(separator: "\n")
  }

  /// The same error with the words of what was being done in front.
  public func during(_ action: String) -> ParallelError {
    ParallelError(kind, "\(action): \(message)", stack: stack)
  }
}
