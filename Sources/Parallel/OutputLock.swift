// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The locks of this process: while an output is written, `OUTPUT.lock` lies beside it (in a
/// directory `.lock`) and tells by whom.
///
/// The first rank takes and keeps them. The lock is held by flock too, which ends with the process
/// whatever ends it: a lock that nobody holds and that names this host is a dead one. Another host's
/// is never broken.
public enum OutputLock {
  /// Who writes; one line of JSON in the lock.
  struct Owner: Codable {
    let host: String
    let pid: Int32
    let user: String
    let started: String
    let command: String
    /// The job of a queueing system, where there is one.
    let job: String?

    /// This process.
    static var own: Owner {
      let environment = ProcessInfo.processInfo.environment
      return Owner(
        host: hostName, pid: getpid(), user: NSUserName(),
        started: Date.now.formatted(.iso8601),
        command: CommandLine.arguments.joined(separator: " "), job: environment["SLURM_JOB_ID"])
    }

    /// This machine's name.
    static var hostName: String {
      var name = [CChar](repeating: 0, count: 256)
      gethostname(&name, 255)
      return Door.string(name)
    }
  }

  private struct Held {
    let path: String
    let descriptor: Int32
    let leftover: Int?
  }

  nonisolated(unsafe) private static var held: [Held] = []
  /// For the alarm's handler, which may not walk an array.
  nonisolated(unsafe) private static var descriptors: (Int32, Int32, Int32) = (-1, -1, -1)
  /// Seconds between two refreshments of the file's time.
  private static let interval = 60

  /// Takes the lock of an output.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - output: the file.
  ///   - communicator: all ranks; the first one acts.
  /// - Throws: ``ParallelError`` of kind `input` that names who writes, of kind `file` when the lock
  ///   cannot be made.
  /// - Returns: a note where a dead process's lock was taken over.
  public static func take(
    _ output: String, communicator: Communicator
  ) throws(ParallelError) -> String? {
    let note = try communicator.first { () throws(ParallelError) in
      try takeHere(try OutputPlace.resolved(output) + ".lock", of: output) ?? ""
    }
    return note.isEmpty ? nil : note
  }

  /// Gives all locks back.
  ///
  /// On every rank; without communication.
  public static func releaseAll() {
    for lock in held { release(lock.path) }
  }

  /// Gives one lock back; nothing happens where it is not held.
  public static func release(_ path: String) {
    guard let place = held.firstIndex(where: { $0.path == path }) else { return }
    let lock = held.remove(at: place)
    noteDescriptors()
    // Removed before it is free: who waits for it looks whether it is there still.
    unlink(lock.path)
    close(lock.descriptor)
    Leftovers.remove(lock.leftover)
  }

  private static func noteDescriptors() {
    func number(_ place: Int) -> Int32 { held.count > place ? held[place].descriptor : -1 }
    descriptors = (number(0), number(1), number(2))
  }

  /// Takes the lock at a path.
  ///
  /// On one rank; see ``take(_:communicator:)``.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when another run holds the lock, or the folder cannot be written.
  public static func takeHere(
    _ path: String, of output: String
  ) throws(ParallelError) -> String? {
    // A second name of what this process holds already.
    if held.contains(where: { $0.path == path }) { return nil }
    // A new lock may be empty for the moment in which its owner writes it.
    for attempt in 0..<50 {
      let new = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      let descriptor = new >= 0 ? new : open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else {
        if errno == ENOENT { continue }
        throw ParallelError(
          .file, "\(output): \(path) cannot be made: \(String(cString: strerror(errno)))")
      }
      let claim = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? Claim.free : Claim(errno)
      let text = contents(descriptor)
      if new < 0, text.isEmpty, claim == .taken || attempt < 20 {
        close(descriptor)
        usleep(100_000)
        continue
      }
      guard isStill(descriptor, at: path) else {
        close(descriptor)
        continue
      }
      let owner = try? JSONDecoder().decode(Owner.self, from: Data(text.utf8))
      let isOfThisHost = owner.map { $0.host == Owner.hostName } ?? text.isEmpty
      let lives = claim == .unknown && owner.map { kill($0.pid, 0) == 0 || errno == EPERM } ?? false
      if claim == .taken || !isOfThisHost || lives {
        close(descriptor)
        throw refusal(output, path, text, isHere: isOfThisHost)
      }
      try keep(path, descriptor, output)
      return owner.map {
        "\(output): took over the lock of process \($0.pid), which is gone (since \($0.started): "
          + "\($0.command))"
      }
    }
    throw ParallelError(
      .file, "\(output): \(path) cannot be had: remove it if nothing writes there")
  }

  /// What flock says about a lock.
  private enum Claim {
    case free, taken
    /// Not every file system knows flock.
    case unknown

    init(_ code: Int32) { self = code == EWOULDBLOCK ? .taken : .unknown }
  }

  private static func keep(
    _ path: String, _ descriptor: Int32, _ output: String
  ) throws(ParallelError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let line = ((try? encoder.encode(Owner.own)) ?? Data()) + Data("\n".utf8)
    let written = line.withUnsafeBytes { bytes in
      ftruncate(descriptor, 0) == 0 ? pwrite(descriptor, bytes.baseAddress, bytes.count, 0) : -1
    }
    guard written == line.count else {
      let reason = String(cString: strerror(errno))
      unlink(path)
      close(descriptor)
      throw ParallelError(.file, "\(output): \(path) cannot be written: \(reason)")
    }
    held.append(Held(path: path, descriptor: descriptor, leftover: Leftovers.add(path)))
    noteDescriptors()
    startRefreshing()
  }

  /// Sets the files' time each minute, so that a reader on another host sees that they are alive.
  private static func startRefreshing() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      let (first, second, third) = OutputLock.descriptors
      for descriptor in [first, second, third] where descriptor >= 0 { futimens(descriptor, nil) }
    }
    action.sa_flags = SA_RESTART
    sigaction(SIGALRM, &action, nil)
    var timer = itimerval()
    timer.it_interval.tv_sec = interval
    timer.it_value.tv_sec = interval
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  private static func refusal(
    _ output: String, _ path: String, _ text: String, isHere: Bool
  ) -> ParallelError {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
    let advice =
      isHere
      ? "wait for it, or end it"
      : "if it is gone, which cannot be told from here, remove \(path)"
    return ParallelError(.input, "\(output): another run writes it: \(line); \(advice)")
  }

  private static func contents(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Whether the open file is the one at its path still: its owner removes it at the end.
  private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
    var (own, found) = (stat(), stat())
    return fstat(descriptor, &own) == 0 && lstat(path, &found) == 0 && own.st_ino == found.st_ino
      && own.st_dev == found.st_dev
  }
}
