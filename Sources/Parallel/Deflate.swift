// SPDX-License-Identifier: Apache-2.0

import Foundation

/// zlib's `compress2`, which HDF5's gzip filter calls: where libdeflate is installed, the same format
/// comes out of it in half the time.
///
/// The name of an executable's function goes before that of a library. HDF5 lets no other filter
/// take gzip's number, and files must open where only HDF5 is.
///
/// - Parameters:
///   - size: the room at `target`; afterwards what was used of it.
///   - level: 1 to 9.
/// - Returns: zlib's codes: 0, −4 without memory, −5 where the result does not fit.
@_cdecl("compress2")
public func compress2(
  _ target: UnsafeMutableRawPointer, _ size: UnsafeMutablePointer<UInt>,
  _ source: UnsafeRawPointer, _ count: UInt, _ level: CInt
) -> CInt {
  guard let deflate = Deflate.library else {
    return Deflate.zlib?(target, size, source, count, level) ?? -4
  }
  guard let compressor = deflate.allocate(level) else { return -4 }
  defer { deflate.free(compressor) }
  let used = deflate.compress(compressor, source, Int(count), target, Int(size.pointee))
  guard used > 0 else { return -5 }
  size.pointee = UInt(used)
  return 0
}

/// What libdeflate and zlib offer, found at run time: neither is needed to build.
private struct Deflate: Sendable {
  typealias Zlib =
    @convention(c) (
      UnsafeMutableRawPointer, UnsafeMutablePointer<UInt>, UnsafeRawPointer, UInt, CInt
    ) -> CInt

  let allocate: @convention(c) (CInt) -> OpaquePointer?
  let free: @convention(c) (OpaquePointer) -> Void
  let compress:
    @convention(c) (
      OpaquePointer, UnsafeRawPointer, Int, UnsafeMutableRawPointer, Int
    ) -> Int

  static let library = Deflate()
  /// The function that ours hides.
  static let zlib = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "compress2")
    .map { unsafeBitCast($0, to: Zlib.self) }

  private init?() {
    guard let handle = dlopen("libdeflate.so.0", RTLD_NOW),
      let allocate = dlsym(handle, "libdeflate_alloc_compressor"),
      let free = dlsym(handle, "libdeflate_free_compressor"),
      let compress = dlsym(handle, "libdeflate_zlib_compress")
    else { return nil }
    self.allocate = unsafeBitCast(allocate, to: (@convention(c) (CInt) -> OpaquePointer?).self)
    self.free = unsafeBitCast(free, to: (@convention(c) (OpaquePointer) -> Void).self)
    self.compress = unsafeBitCast(
      compress,
      to: (@convention(c) (
        OpaquePointer, UnsafeRawPointer, Int, UnsafeMutableRawPointer, Int
      ) -> Int).self)
  }
}
