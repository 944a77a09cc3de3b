// SPDX-License-Identifier: Apache-2.0

public import Physics

/// A symmetric tensor for each held pixel: a strain, or the variances of its components.
public struct StrainImage: Sendable {
  /// Component along a, along c, and tensor shear, on held cells; NaN is no data.
  public var aa, cc, ac: [Double]

  /// An image from its components.
  public init(aa: [Double], cc: [Double], ac: [Double]) {
    precondition(aa.count == cc.count && aa.count == ac.count, "components cover the same cells")
    self.aa = aa
    self.cc = cc
    self.ac = ac
  }

  /// An image without data.
  public init(count: Int) {
    let nothing = [Double](repeating: .nan, count: count)
    self.init(aa: nothing, cc: nothing, ac: nothing)
  }

  /// The tensor of a held cell.
  public subscript(cell: Int) -> SymmetricTensor2 {
    get { SymmetricTensor2(aa: aa[cell], cc: cc[cell], ac: ac[cell]) }
    set {
      aa[cell] = newValue.aa
      cc[cell] = newValue.cc
      ac[cell] = newValue.ac
    }
  }

  /// The number of held cells.
  public var count: Int { aa.count }

  /// Whether all three components of a cell are known.
  public func isFinite(_ cell: Int) -> Bool {
    aa[cell].isFinite && cc[cell].isFinite && ac[cell].isFinite
  }

  /// The difference of two images.
  public static func - (left: StrainImage, right: StrainImage) -> StrainImage {
    var difference = left
    for cell in 0..<left.count { difference[cell] = left[cell] - right[cell] }
    return difference
  }

  /// The sum of two images.
  public static func + (left: StrainImage, right: StrainImage) -> StrainImage {
    var sum = left
    for cell in 0..<left.count { sum[cell] = left[cell] + right[cell] }
    return sum
  }
}
