// SPDX-License-Identifier: Apache-2.0

public import Parallel

/// How the rows of an image are shared among the ranks: contiguous blocks of nearly equal height.
public enum RowBlock {
  /// The rows of this rank; empty where there are more ranks than rows.
  public static func rows(of count: Int, on communicator: Communicator) -> Range<Int> {
    let first = communicator.rank * count / communicator.size
    return first..<(communicator.rank + 1) * count / communicator.size
  }
}
