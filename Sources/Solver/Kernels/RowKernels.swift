/// Sums over parts of rows of images: eight numbers at a time, bounds checked once a row.
enum RowKernels {
  /// y += a x over `count` numbers.
  static func add(
    _ factor: Double, _ source: [Double], from first: Int, to target: inout [Double], at place: Int,
    count: Int
  ) {
    precondition(first >= 0 && first + count <= source.count, "the row must lie in the source")
    precondition(place >= 0 && place + count <= target.count, "the row must lie in the target")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        let (x, y) = unsafe (from + first, to + place)
        let a = Eight(repeating: factor)
        let whole = count - count % 8
        for index in stride(from: 0, to: whole, by: 8) {
          let (old, more) = unsafe (Eight(at: y + index), Eight(at: x + index))
          unsafe old.addingProduct(a, more).store(at: y + index)
        }
        for index in whole..<count { unsafe y[index] += factor * x[index] }
      }
    }
  }

  /// x · y over `count` numbers.
  static func dot(
    _ left: [Double], from first: Int, _ right: [Double], from second: Int, count: Int
  ) -> Double {
    precondition(first >= 0 && first + count <= left.count, "the row must lie in the first factor")
    precondition(
      second >= 0 && second + count <= right.count, "the row must lie in the second factor")
    return unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        guard let one = left.baseAddress, let other = right.baseAddress else { return 0 }
        let (x, y) = unsafe (one + first, other + second)
        var sums = Eight.zero
        let whole = count - count % 8
        for index in stride(from: 0, to: whole, by: 8) {
          sums = unsafe sums.addingProduct(Eight(at: x + index), Eight(at: y + index))
        }
        var sum = sums.sum()
        for index in whole..<count { unsafe sum += x[index] * y[index] }
        return sum
      }
    }
  }
}

extension SIMD8 where Scalar == Double {
  /// The eight numbers from an address on.
  @inline(__always)
  fileprivate init(at address: UnsafePointer<Double>) {
    self = unsafe UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  /// Writes the eight numbers from an address on.
  @inline(__always)
  fileprivate func store(at address: UnsafeMutablePointer<Double>) {
    unsafe UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
}
