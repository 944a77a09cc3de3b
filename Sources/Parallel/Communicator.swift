// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// A group of ranks that call the same routines in the same order.
///
/// A class because a handle to it is shared by everything made on it; it is released explicitly
/// by the session or the scope that split it off.
public final class Communicator {
  /// The boxed MPI handle.
  let handle: UnsafeMutablePointer<VegardComm>
  /// This rank, counted from zero.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  private var single: Communicator?

  /// Takes over the boxed handle.
  private init(handle: UnsafeMutablePointer<VegardComm>) throws(ParallelError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try Door.mpi("MPI_Comm_rank") { vegard_comm_rank(handle, &rank) }
    try Door.mpi("MPI_Comm_size") { vegard_comm_size(handle, &size) }
    self.handle = handle
    self.rank = Int(rank)
    self.size = Int(size)
  }

  /// All ranks, in a copy of MPI's world so that messages never mix with a library's.
  static func world() throws(ParallelError) -> Communicator {
    var box: UnsafeMutablePointer<VegardComm>?
    try Door.mpi("MPI_Comm_dup") { vegard_comm_world(&box) }
    return try Communicator(handle: unwrapped(box))
  }

  /// The ranks that named the same `color`, in this order.
  ///
  /// Collective.
  ///
  /// The corresponding MPI routine is MPI_Comm_split. Call ``release()`` when done.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func split(color: Int) throws(ParallelError) -> Communicator {
    var box: UnsafeMutablePointer<VegardComm>?
    try Door.mpi("MPI_Comm_split") {
      vegard_comm_split(handle, Int32(color), Int32(rank), &box)
    }
    return try Communicator(handle: unwrapped(box))
  }

  /// This rank alone; the communicator itself where there is no other.
  ///
  /// Collective at the first call; released with this one.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func alone() throws(ParallelError) -> Communicator {
    if size == 1 { return self }
    if let single { return single }
    let made = try split(color: rank)
    single = made
    return made
  }

  /// Gives the handle back.
  ///
  /// Collective.
  public func release() {
    single?.release()
    vegard_comm_free(handle)
  }

  /// Whether this is the rank that reports.
  public var isFirst: Bool { rank == 0 }

  /// Waits for all ranks.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func barrier() throws(ParallelError) {
    try Door.mpi("MPI_Barrier") { vegard_barrier(handle) }
  }

  /// The sum over all ranks.
  ///
  /// Collective; the order of summation is MPI's.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func sum(_ value: Double) throws(ParallelError) -> Double {
    var values = [value]
    try reduce(&values, .sum)
    return values[0]
  }

  /// The sum over all ranks.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func sum(_ value: Int) throws(ParallelError) -> Int {
    var values = [value]
    try reduce(&values, .sum)
    return values[0]
  }

  /// The largest of all ranks' values.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func maximum(_ value: Double) throws(ParallelError) -> Double {
    var values = [value]
    try reduce(&values, .maximum)
    return values[0]
  }

  /// The smallest of all ranks' values.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func minimum(_ value: Double) throws(ParallelError) -> Double {
    var values = [value]
    try reduce(&values, .minimum)
    return values[0]
  }

  /// How ranks' values become one.
  public enum Reduction {
    case sum, minimum, maximum

    var operation: VegardOperation {
      switch self {
      case .sum: VEGARD_SUM
      case .minimum: VEGARD_MIN
      case .maximum: VEGARD_MAX
      }
    }
  }

  /// Reduces each element over all ranks, in place.
  ///
  /// Collective; equal counts everywhere.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func reduce(_ values: inout [Double], _ reduction: Reduction) throws(ParallelError) {
    let count = Int32(values.count)
    try Door.mpi("MPI_Allreduce") {
      vegard_allreduce_double(handle, &values, count, reduction.operation)
    }
  }

  /// Sums `count` numbers from `base` on over all ranks, in place.
  ///
  /// Collective; equal counts everywhere.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func sum(_ base: UnsafeMutablePointer<Double>, count: Int) throws(ParallelError) {
    try Door.mpi("MPI_Allreduce") {
      vegard_allreduce_double(handle, base, Int32(count), VEGARD_SUM)
    }
  }

  /// Reduces each element over all ranks, in place.
  ///
  /// Collective; equal counts everywhere.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func reduce(_ values: inout [Int], _ reduction: Reduction) throws(ParallelError) {
    var wide = values.map(Int64.init)
    let count = Int32(values.count)
    try Door.mpi("MPI_Allreduce") {
      vegard_allreduce_int64(handle, &wide, count, reduction.operation)
    }
    values = wide.map(Int.init)
  }

  /// The sum of the lower ranks' values: where this rank's share starts.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func offset(of count: Int) throws(ParallelError) -> Int {
    var value = Int64(count)
    try Door.mpi("MPI_Exscan") { vegard_exscan_int64(handle, &value) }
    return Int(value)
  }

  /// Sends `values` to `destination` while receiving as many as `receiving` from `source`.
  ///
  /// A partner of nil is nobody. Every rank of the exchange must call.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func exchange(
    _ values: [Double], to destination: Int?, receiving count: Int, from source: Int?
  ) throws(ParallelError) -> [Double] {
    var received = [Double](repeating: 0, count: source == nil ? 0 : count)
    let expected = Int32(received.count)
    let sent = Int32(destination == nil ? 0 : values.count)
    try Door.mpi("MPI_Sendrecv") {
      vegard_send_receive(
        handle, values, sent, Int32(destination ?? -1), &received, expected, Int32(source ?? -1))
    }
    return received
  }

  /// The bytes of rank `root`, on every rank.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func broadcast(_ bytes: [UInt8], from root: Int = 0) throws(ParallelError) -> [UInt8] {
    var length = [rank == root ? bytes.count : 0]
    try reduce(&length, .sum)
    var buffer = rank == root ? bytes : [UInt8](repeating: 0, count: length[0])
    let count = Int32(buffer.count)
    try Door.mpi("MPI_Bcast") { vegard_broadcast(handle, &buffer, count, Int32(root)) }
    return buffer
  }

  /// The text of rank `root`, on every rank.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  public func broadcast(_ text: String, from root: Int = 0) throws(ParallelError) -> String {
    String(decoding: try broadcast(Array(text.utf8), from: root), as: UTF8.self)
  }

  /// Makes a rank's problem every rank's: all throw the error of the lowest rank that has one.
  ///
  /// Collective.
  ///
  /// Rank-local doubt passes through here before anything is thrown, because a rank that throws
  /// alone leaves the others waiting in the next collective call.
  ///
  /// - Throws: the problem of the lowest rank that has one, on every rank.
  public func agree(_ problem: ParallelError?) throws(ParallelError) {
    var first = [problem == nil ? size : rank]
    try reduce(&first, .minimum)
    guard first[0] < size else { return }
    let mine = problem ?? ParallelError(.library, "")
    let text = try broadcast(
      "\(mine.kind.rawValue)\u{1}\(mine.message)\u{1}" + mine.stack.joined(separator: "\u{1}"),
      from: first[0])
    let parts = text.split(separator: "\u{1}", omittingEmptySubsequences: false).map(String.init)
    throw ParallelError(
      Int(parts[0]).flatMap(ParallelError.Kind.init) ?? .library, parts[1],
      stack: parts.dropFirst(2).filter { !$0.isEmpty })
  }

  /// Runs a rank-local action and lets all ranks agree on its failure.
  ///
  /// Collective.
  ///
  /// - Throws: what `action` throws on the lowest rank where it does, on every rank.
  public func together<Result: ~Copyable>(
    _ action: () throws(ParallelError) -> Result
  ) throws(ParallelError) -> Result {
    var result: Result?
    var problem: ParallelError?
    do { result = try action() } catch { problem = error }
    try agree(problem)
    return unwrapped(result)
  }

  /// Runs an action on rank 0 and gives its text to all ranks.
  ///
  /// Collective.
  ///
  /// - Throws: what `action` throws on rank 0, on every rank.
  public func first(
    _ action: () throws(ParallelError) -> String
  ) throws(ParallelError) -> String {
    let text = try together { () throws(ParallelError) in isFirst ? try action() : "" }
    return try broadcast(text)
  }
}

/// A value that only a bug can leave empty.
func unwrapped<Value: ~Copyable>(
  _ value: consuming Value?, _ what: StaticString = "handle"
) -> Value {
  guard let value else { preconditionFailure("a routine succeeded without a \(what)") }
  return value
}
