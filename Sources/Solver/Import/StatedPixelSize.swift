// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// What a file says of its pixel size.
enum StatedPixelSize: Equatable {
  /// Edge in nm.
  case nanometres(Double)
  /// Nothing usable; the words say what was found.
  case absent(String)

  /// A number with its unit as files write it: "nm", "A", "um", "[n_m]"; "pixels" is no unit.
  init(_ value: Double?, unit: String?) {
    guard let value else {
      self = .absent("no pixel size")
      return
    }
    let word = (unit ?? "").filter { !"[]_ ".contains($0) }
    // Quantity refuses bare and unknown units; the number itself may be anything, even negative.
    guard !word.isEmpty, let size = try? Quantity.parse("1 \(word)", as: .length) else {
      self = .absent("a pixel size of \(value) \(unit.map { "\"\($0)\"" } ?? "without unit")")
      return
    }
    self = .nanometres(value * size)
  }

  /// The pixel size to use: the option wins over the file, with a note.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when there is none or it is not positive.
  func resolved(
    option: Double?, file: String, log: any RunLog
  ) throws(ParallelError) -> Double {
    if let option {
      guard option > 0, option.isFinite else {
        throw ParallelError(
          .input, "--pixel-size: found \(option) nm, expected a positive length")
      }
      if case .nanometres(let own) = self, abs(own - option) > 1e-9 * option {
        log.note(
          "\(file): the file's pixel size is \(own) nm; --pixel-size, \(option) nm, is used")
      }
      return option
    }
    switch self {
    case .nanometres(let own) where own > 0 && own.isFinite: return own
    case .nanometres(let own):
      throw ParallelError(
        .input,
        "\(file): found a pixel size of \(own) nm, expected a positive one; give --pixel-size")
    case .absent(let words):
      throw ParallelError(
        .input,
        "\(file): found \(words), expected one in nm, A or um: give --pixel-size \"49.5 nm\"")
    }
  }
}
