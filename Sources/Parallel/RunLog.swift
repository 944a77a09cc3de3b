// SPDX-License-Identifier: Apache-2.0

/// Where a long computation tells how far it is.
///
/// The driver makes one and hands it down.
public protocol RunLog: AnyObject {
  /// A sentence worth keeping.
  func note(_ sentence: @autoclosure () -> String)
  /// A sentence the user should act on.
  func warn(_ sentence: @autoclosure () -> String)
  /// One line that replaces the last one, on a terminal only.
  func progress(_ line: @autoclosure () -> String)
  /// A step of a long run: one line that replaces the last one on a terminal, else a sentence.
  ///
  /// - Parameter share: how far the run is, before the line on a terminal.
  func step(share: String, _ line: String)
}

extension RunLog {
  /// A sentence, where no terminal shows it otherwise.
  public func step(share: String, _ line: String) { note(line) }

  /// A step of a run whose length is not known.
  public func step(_ line: String) { step(share: "", line) }
}

/// A log that keeps nothing.
public final class SilentLog: RunLog {
  /// Makes a log that keeps nothing.
  public init() {}
  /// Keeps nothing.
  public func note(_ sentence: @autoclosure () -> String) {}
  /// Keeps nothing.
  public func warn(_ sentence: @autoclosure () -> String) {}
  /// Shows nothing.
  public func progress(_ line: @autoclosure () -> String) {}
}
