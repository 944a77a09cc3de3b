// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// What every reader asks of a path, of HDF5 and of other files.
extension InputFile {
  /// Refuses what is no file that can be read: a FIFO would be waited for, a device never ends.
  ///
  /// - Throws: ``ParallelError`` of kind `file`.
  public static func checkReadable(_ path: String) throws(ParallelError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ParallelError(.file, "\(path): there is no such file")
    }
    if let found = OutputPlace.obstacle(path) {
      throw ParallelError(.file, "\(path): found \(found), expected a file")
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw ParallelError(.file, "\(path): no permission to read it")
    }
  }

  /// The bytes of a file that is read whole.
  ///
  /// - Throws: ``ParallelError`` of kind `file`.
  public static func contents(of path: String) throws(ParallelError) -> Data {
    try checkReadable(path)
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ParallelError(.file, "\(path): cannot be read")
    }
    return bytes
  }

  /// Whether a file has the signature of HDF5, whole or damaged.
  public static func isHDF5(_ path: String) -> Bool {
    guard OutputPlace.obstacle(path) == nil, let handle = FileHandle(forReadingAtPath: path) else {
      return false
    }
    defer { try? handle.close() }
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    // It stands at byte 0 or at a power of two from 512 on (a user block before it).
    return ([0, 512, 1024, 2048] as [UInt64]).contains { offset in
      try? handle.seek(toOffset: offset)
      return (try? handle.read(upToCount: 8)).map { Array($0) } == signature
    }
  }
}
