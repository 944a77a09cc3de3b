// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the signals do that ask a program to end: HUP, INT, TERM and USR1.
///
/// A command that keeps nothing on the way ends at once with exit code 5, what it had begun to write
/// removed. One that can save its state asks ``raised`` between two steps; INT once more ends it at
/// once, too. PIPE and XFSZ are no reason to end: the write that they come from says why it failed.
public enum Signals {
  /// What a signal does.
  public enum Answer { case endsAtOnce, isAsked(words: StaticString) }

  nonisolated(unsafe) private static var speaks = true
  nonisolated(unsafe) private static var flag: sig_atomic_t = 0
  nonisolated(unsafe) private static var isAsked: sig_atomic_t = 0
  nonisolated(unsafe) private static var hasWritten: sig_atomic_t = 0
  nonisolated(unsafe) private static var isDecided: sig_atomic_t = 0
  nonisolated(unsafe) private static var words: StaticString = ""

  /// Whether a signal asked the program to end.
  public static var raised: Bool { flag != 0 }

  /// Listens.
  ///
  /// - Parameter isFirst: whether this rank tells the user.
  public static func listen(isFirst: Bool) {
    speaks = isFirst
    Leftovers.prepare()
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Signals.answer($0) }
    action.sa_flags = SA_RESTART
    for number in [SIGHUP, SIGINT, SIGTERM, SIGUSR1] {
      // A parent that ignores it (nohup) goes on ignoring it.
      var before = sigaction()
      sigaction(number, nil, &before)
      let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
      if unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == ignored { continue }
      sigaction(number, &action, nil)
    }
  }

  /// Says what the command does with a signal from now on.
  public static func answer(by answer: Answer) {
    if case .isAsked(let words) = answer {
      Signals.words = words
      isAsked = 1
    } else {
      isAsked = 0
    }
  }

  /// Notes that the run ends by itself: mpirun sends TERM to the ranks that outlive the first.
  public static func endIsDecided() { isDecided = 1 }

  /// Notes that an output has its name: from now on "nothing was written" would be wrong.
  static func outputIsPlaced() { hasWritten = 1 }

  /// The handler: writes, removes and ends; nothing that takes a lock or memory.
  private static func answer(_ number: Int32) {
    guard isDecided == 0 else { return }
    let isSecond = flag != 0
    flag = 1
    if isAsked != 0, !isSecond || number != SIGINT {
      if !isSecond {
        say("vegard: ")
        say(words)
        say(number == SIGINT ? "; again to stop now\n" : "\n")
      }
      return
    }
    Leftovers.unlinkAll()
    if isAsked != 0 {
      say("vegard: stopped at once; the last checkpoint stays, where there is one\n")
    } else if hasWritten != 0 {
      say("vegard: stopped by a signal; the output was written already\n")
    } else {
      say("vegard: stopped by a signal; nothing was written\n")
    }
    _exit(5)
  }

  private static func say(_ words: StaticString) {
    guard speaks else { return }
    _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
  }
}
