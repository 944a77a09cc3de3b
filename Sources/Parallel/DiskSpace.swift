// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Room on a disk, looked for before HDF5 writes: a parallel file in which a write has failed cannot
/// be closed any more, its ranks wait for each other.
public enum DiskSpace {
  /// Makes sure of room for so many bytes beside `path`.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when the disk is full.
  public static func require(
    _ bytes: Int, beside path: String, _ communicator: Communicator
  ) throws(ParallelError) {
    try communicator.agree(communicator.isFirst ? problem(bytes, path) : nil)
  }

  static func problem(_ bytes: Int, _ path: String) -> ParallelError? {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue, free < bytes else {
      return nil
    }
    return ParallelError(
      .file,
      "\(path): the disk is full: found \(free / 1000) kB free, expected \(bytes / 1000) kB")
  }
}
