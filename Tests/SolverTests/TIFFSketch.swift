// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes TIFF files as other programs do, to be read.
struct TIFFSketch {
  var isBigEndian = false
  var isLarge = false
  /// Sample format and bits.
  var number = (kind: 1, bits: 8)
  var rowsPerStrip = 1000
  /// One directory for all pages, as ImageJ has it.
  var isImageJ = false
  var compression = 1

  private func word(_ value: UInt64, _ count: Int) -> [UInt8] {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return isBigEndian ? bytes.reversed() : bytes
  }

  private func pixel(_ value: Double) -> [UInt8] {
    switch number {
    case (3, 32): word(UInt64(Float(value).bitPattern), 4)
    case (3, _): word(value.bitPattern, 8)
    default: word(UInt64(bitPattern: Int64(value)), number.bits / 8)
    }
  }

  /// The bytes of pages of numbers (page, row, column).
  func bytes(_ values: [Double], shape: [Int]) -> [UInt8] {
    let (pages, height, width) = (shape[0], shape[1], shape[2])
    let size = isLarge ? 8 : 4
    var file: [UInt8] = isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]
    file += isLarge ? word(43, 2) + word(8, 2) + word(0, 2) : word(42, 2)
    var link = file.count
    file += word(0, size)
    let line = width * number.bits / 8
    let rows = min(rowsPerStrip, height)
    let count = (height + rows - 1) / rows
    let data = file.count
    for value in values { file += pixel(value) }
    let text = Array("ImageJ=1.54f\nimages=\(pages)\nslices=\(pages)\n\0".utf8)
    let textPlace = file.count
    file += text
    for page in 0..<(isImageJ ? 1 : pages) {
      let starts = (0..<count).map { UInt64(data + page * height * line + $0 * rows * line) }
      let list = file.count
      for start in starts { file += word(start, size) }
      let place = file.count
      file.replaceSubrange(link..<link + size, with: word(UInt64(place), size))
      func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: UInt64) -> [UInt8] {
        let width = type == 3 ? 2 : size
        let field = word(value, width) + [UInt8](repeating: 0, count: size - width)
        return word(UInt64(tag), 2) + word(UInt64(type), 2) + word(UInt64(count), size) + field
      }
      let long = isLarge ? 16 : 4
      let entries = [
        entry(256, 3, 1, UInt64(width)), entry(257, 3, 1, UInt64(height)),
        entry(258, 3, 1, UInt64(number.bits)), entry(259, 3, 1, UInt64(compression)),
        entry(262, 3, 1, 1), entry(270, 2, text.count, UInt64(textPlace)),
        entry(273, long, count, count == 1 ? starts[0] : UInt64(list)), entry(277, 3, 1, 1),
        entry(278, 3, 1, UInt64(rows)), entry(339, 3, 1, UInt64(number.kind)),
      ].filter { isImageJ || $0[..<2] != word(270, 2)[...] }
      file += word(UInt64(entries.count), isLarge ? 8 : 2) + entries.flatMap(\.self)
      link = file.count
      file += word(0, size)
    }
    return file
  }
}
