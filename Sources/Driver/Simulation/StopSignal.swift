import Foundation

/// Whether a signal asked the run to stop.
enum StopSignal {
  nonisolated(unsafe) private static var flag: sig_atomic_t = 0

  /// Whether one came.
  static var raised: Bool { unsafe flag != 0 }

  /// Listens to SIGTERM, SIGINT and SIGUSR1.
  static func install() {
    for number in [SIGTERM, SIGINT, SIGUSR1] {
      signal(number) { _ in unsafe StopSignal.flag = 1 }
    }
  }
}
