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
