// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The pages of a TIFF file as one array of numbers, read by windows.
///
/// Classic and big files, of either order of bytes, one number a pixel, not compressed, in strips; and
/// ImageJ's stacks that have one directory for all pages. Anything else is refused with its name: a
/// library would read more, and is not needed for what scanners and reconstruction programs write. The
/// layout is that of TIFF 6.0 (Adobe, 1992), section 2.
public struct TIFFStack {
  /// Where it lies.
  public let path: String
  /// (page, row, column); (row, column) of a file of one page.
  public let shape: [Int]
  private let communicator: Communicator
  private let pages: [Page]
  private let number: Number

  /// Whether a file is taken for TIFF: by its name, so that all ranks decide alike.
  public static func isNamed(_ path: String) -> Bool {
    [".tif", ".tiff", ".btf", ".tf8"].contains { path.lowercased().hasSuffix($0) }
  }

  /// Reads the directories of all pages.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it is missing, and of kind `input` when it is no
  ///   TIFF, damaged, or of a kind that is not read.
  public init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let found = try communicator.together { () throws(ParallelError) in
      try InputFile.checkReadable(path)
      return try Directories(ByteSource(path))
    }
    self.path = path
    self.communicator = communicator
    (pages, number) = (found.pages, found.number)
    let page = found.pages[0]
    shape = (pages.count == 1 ? [] : [pages.count]) + [page.height, page.width]
  }

  /// The numbers in a window.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the file ends before them.
  public func numbers(window: Window) throws(ParallelError) -> [Double] {
    precondition(window.count.count == shape.count, "a window has the dimensions of its file")
    return try communicator.together { () throws(ParallelError) in
      let (start, count) = (window.start, window.count)
      let isStack = shape.count == 3
      let chosen = isStack ? start[0]..<start[0] + count[0] : 0..<1
      let (row, column) = (isStack ? 1 : 0, isStack ? 2 : 1)
      var values: [Double] = []
      values.reserveCapacity(window.elements)
      guard window.elements > 0 else { return values }
      let source = try ByteSource(path)
      for page in chosen {
        try pages[page].append(
          rows: start[row]..<start[row] + count[row],
          columns: start[column]..<start[column] + count[column], as: number, of: source,
          to: &values)
      }
      return values
    }
  }
}

/// How a pixel is written.
private struct Number: Sendable, Equatable {
  enum Kind: Int { case unsigned = 1, signed, float }

  let kind: Kind
  let bytes: Int
  let isBigEndian: Bool
  /// Whether 0 is white: numbers count downwards.
  let isInverted: Bool

  func append(_ count: Int, from buffer: UnsafeRawBufferPointer, to values: inout [Double]) {
    func each<Word: FixedWidthInteger>(_ type: Word.Type, _ value: (Word) -> Double) {
      for index in 0..<count {
        let word = buffer.loadUnaligned(fromByteOffset: index * bytes, as: Word.self)
        values.append(value(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word)))
      }
    }
    switch (kind, bytes) {
    case (.float, 4): each(UInt32.self) { Double(Float(bitPattern: $0)) }
    case (.float, _): each(UInt64.self) { Double(bitPattern: $0) }
    case (.signed, 1): each(Int8.self) { Double($0) }
    case (.signed, 2): each(Int16.self) { Double($0) }
    case (.signed, _): each(Int32.self) { Double($0) }
    case (.unsigned, 1): each(UInt8.self) { Double(isInverted ? .max - $0 : $0) }
    case (.unsigned, 2): each(UInt16.self) { Double(isInverted ? .max - $0 : $0) }
    case (.unsigned, _): each(UInt32.self) { Double(isInverted ? .max - $0 : $0) }
    }
  }
}

/// A page: its size and where its strips of rows lie.
private struct Page: Sendable {
  let width, height: Int
  let rowsPerStrip: Int
  let strips: [Int]

  func append(
    rows: Range<Int>, columns: Range<Int>, as number: Number, of source: ByteSource,
    to values: inout [Double]
  ) throws(ParallelError) {
    let line = width * number.bytes
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(rows.upperBound, (row / rowsPerStrip + 1) * rowsPerStrip)
      let place = strips[row / rowsPerStrip] + row % rowsPerStrip * line
      let bytes = try source.bytes(at: place, count: (end - row) * line)
      bytes.withUnsafeBytes { buffer in
        for index in 0..<end - row {
          let first = index * line + columns.lowerBound * number.bytes
          let part = UnsafeRawBufferPointer(rebasing: buffer[first...])
          number.append(columns.count, from: part, to: &values)
        }
      }
      row = end
    }
  }
}

/// A file read at places.
private final class ByteSource {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(_ path: String) throws(ParallelError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ParallelError(.file, "\(path): cannot be read") }
    size = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit { close(descriptor) }

  func bytes(at place: Int, count: Int) throws(ParallelError) -> [UInt8] {
    guard place >= 0, count >= 0, place <= size, count <= size - place else {
      throw ParallelError(
        .input, "\(path): the TIFF file is truncated or damaged: it ends at byte \(size)")
    }
    var result = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let read = result.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(place + done))
      }
      guard read > 0 else { throw ParallelError(.file, "\(path): cannot be read") }
      done += read
    }
    return result
  }
}

/// The directories of a file, one a page.
private struct Directories {
  private(set) var pages: [Page] = []
  let number: Number

  init(_ source: ByteSource) throws(ParallelError) {
    let head = try source.bytes(at: 0, count: min(16, source.size))
    let order = head.prefix(2)
    guard head.count >= 8, order == [0x49, 0x49] || order == [0x4D, 0x4D] else {
      throw ParallelError(.input, "\(source.path): not a TIFF file")
    }
    let isBigEndian = order == [0x4D, 0x4D]
    let kind = Entries.integer(head[2..<4], isBigEndian)
    guard kind == 42 || (kind == 43 && head.count == 16) else {
      throw ParallelError(.input, "\(source.path): not a TIFF file")
    }
    let isLarge = kind == 43
    var next = Entries.integer(isLarge ? head[8..<16] : head[4..<8], isBigEndian)
    var written: Number?
    var visited: Set<Int> = []
    while next != 0 {
      guard visited.insert(next).inserted else {
        throw ParallelError(.input, "\(source.path): its pages lead back to an earlier one")
      }
      let entries = try Entries(source, at: next, isBigEndian: isBigEndian, isLarge: isLarge)
      next = entries.next
      let number = try entries.number()
      let page = try entries.page(number)
      let first = pages.first ?? page
      guard (written ?? number) == number, page.width == first.width, page.height == first.height
      else {
        throw ParallelError(
          .input,
          "\(source.path): page \(pages.count + 1) has \(page.height) × \(page.width) pixels of "
            + "\(8 * number.bytes) bits, expected those of the first page, \(first.height) × "
            + "\(first.width) of \(8 * (written ?? number).bytes)")
      }
      written = number
      pages.append(page)
      if pages.count == 1, next == 0 { pages += try entries.further(page, number) }
    }
    guard let written else { throw ParallelError(.input, "\(source.path): it has no pages") }
    number = written
  }
}

/// The entries of one directory.
private struct Entries {
  /// Where the next directory lies; 0 for none.
  let next: Int
  private let source: ByteSource
  private let isBigEndian: Bool
  /// Type, count and bytes of each tag, a number's own or those of its place.
  private var tags: [Int: (type: Int, count: Int, place: Int)] = [:]

  init(
    _ source: ByteSource, at place: Int, isBigEndian: Bool, isLarge: Bool
  ) throws(ParallelError) {
    self.source = source
    self.isBigEndian = isBigEndian
    let (counter, width, pointer) = isLarge ? (8, 20, 8) : (2, 12, 4)
    let count = Entries.integer(try source.bytes(at: place, count: counter)[...], isBigEndian)
    guard count <= 65_535 else {
      throw ParallelError(.input, "\(source.path): the TIFF file is damaged")
    }
    let bytes = try source.bytes(at: place + counter, count: count * width + pointer)
    next = Entries.integer(bytes.suffix(pointer), isBigEndian)
    for index in 0..<count {
      let entry = bytes[index * width..<(index + 1) * width]
      let (start, value) = (entry.startIndex, 4 + pointer)
      let type = Entries.integer(entry[start + 2..<start + 4], isBigEndian)
      let amount = Entries.integer(entry[start + 4..<start + value], isBigEndian)
      let size = (Entries.widths[type] ?? 0).multipliedReportingOverflow(by: amount)
      guard !size.overflow else { continue }
      let own = place + counter + index * width + value
      tags[Entries.integer(entry[start..<start + 2], isBigEndian)] = (
        type, amount,
        size.partialValue <= pointer
          ? own : Entries.integer(entry[start + value..<start + value + pointer], isBigEndian)
      )
    }
  }

  /// Bytes of a number by its type: bytes, texts, whole numbers of 16, 32 and 64 bits.
  private static let widths = [1: 1, 2: 1, 3: 2, 4: 4, 16: 8, 18: 8]

  static func integer(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Int {
    let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
    return Int(truncatingIfNeeded: ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// The whole numbers of a tag; nil where it is not there.
  private func integers(_ tag: Int) throws(ParallelError) -> [Int]? {
    guard let entry = tags[tag], let width = Entries.widths[entry.type], entry.count > 0 else {
      return nil
    }
    let bytes = try source.bytes(at: entry.place, count: entry.count * width)
    return (0..<entry.count).map {
      Entries.integer(bytes[$0 * width..<($0 + 1) * width], isBigEndian)
    }
  }

  private func integer(_ tag: Int) throws(ParallelError) -> Int? { try integers(tag)?.first }

  private func refused(_ found: String, _ expected: String) -> ParallelError {
    ParallelError(.input, "\(source.path): found \(found), expected \(expected)")
  }

  /// How pixels are written.
  func number() throws(ParallelError) -> Number {
    let compression = try integer(259) ?? 1
    guard compression == 1 else {
      throw refused(
        "TIFF compression \(compression)", "an uncompressed file: tiffcp -c none in.tif out.tif")
    }
    let samples = try integer(277) ?? 1
    let photometric = try integer(262) ?? 1
    guard samples == 1, photometric <= 1 else {
      throw refused("a TIFF of colours", "one number a pixel")
    }
    let bits = try integer(258) ?? 1
    let kind = Number.Kind(rawValue: try integer(339) ?? 1)
    let isKnown = kind == .float ? [32, 64].contains(bits) : [8, 16, 32].contains(bits)
    guard let kind, isKnown, photometric == 1 || kind == .unsigned else {
      throw refused(
        "TIFF pixels of \(bits) bits", "whole numbers of 8, 16 or 32 bits, or floats of 32 or 64")
    }
    return Number(
      kind: kind, bytes: bits / 8, isBigEndian: isBigEndian, isInverted: photometric == 0)
  }

  /// The page.
  func page(_ number: Number) throws(ParallelError) -> Page {
    guard let width = try integer(256), let height = try integer(257), width > 0, height > 0,
      width < 1 << 30, height < 1 << 30
    else { throw refused("a page without a size", "a TIFF image") }
    guard let strips = try integers(273) else {
      throw refused("TIFF tiles", "strips: tiffcp -s -c none in.tif out.tif")
    }
    let rows = min(height, max(1, try integer(278) ?? height))
    guard strips.count == (height + rows - 1) / rows else {
      throw refused("\(strips.count) strips", "\((height + rows - 1) / rows)")
    }
    return Page(width: width, height: height, rowsPerStrip: rows, strips: strips)
  }

  /// The pages that follow the only one that has a directory: ImageJ writes `images=N` for such.
  func further(_ page: Page, _ number: Number) throws(ParallelError) -> [Page] {
    guard let entry = tags[270], entry.type == 2, entry.count < 1 << 20 else { return [] }
    let bytes = try source.bytes(at: entry.place, count: entry.count)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.first?.hasPrefix("ImageJ=") ?? false,
      let count = lines.compactMap({ line in
        line.hasPrefix("images=") ? Int(line.dropFirst("images=".count)) : nil
      }).first, count > 1, page.strips.count == 1
    else { return [] }
    let size = page.width * page.height * number.bytes
    guard count <= source.size / size else {
      throw refused("\(count) images in ImageJ's description", "as many in the file")
    }
    return (1..<count).map { index in
      Page(
        width: page.width, height: page.height, rowsPerStrip: page.rowsPerStrip,
        strips: [page.strips[0] + index * size])
    }
  }
}
