// SPDX-License-Identifier: Apache-2.0

import Parallel
import Yams

/// Which kind of simulation a case is: one with `dimension: 1` has keys of its own.
enum CaseDimension {
  /// 1, or 0 where the elements say it.
  ///
  /// Collective. What is wrong with the file is told by who reads it whole.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read.
  static func read(_ path: String, _ communicator: Communicator) throws(ParallelError) -> Int {
    let text = try communicator.first { () throws(ParallelError) in try CaseReading.text(of: path) }
    let root = try? Yams.compose(yaml: text)
    return root?.mapping?["dimension"]?.string == "1" ? 1 : 0
  }
}
