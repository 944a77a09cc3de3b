// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import TestSupport

/// A small stack with one thing wrong, written by our own writer of HDF5.
///
/// Its particles obey a law of two terms nearly; the composition is smooth.
struct SketchedStack {
  static let rows = 8
  static let columns = 12

  var name = "P"
  var format: String? = "chemomech-images"
  var version = 1.0
  var pixelSize: Double? = 50
  var role = "train"
  /// Values row by row.
  var channels: [String: [Double]]
  /// Shapes that differ from the mask's.
  var shapes: [String: [Int]] = [:]
  /// The second, healthy particle.
  var hasSecond = false

  init() {
    func field(_ value: (Double, Double) -> Double) -> [Double] {
      (0..<Self.rows).flatMap { j in (0..<Self.columns).map { i in value(Double(i), Double(j)) } }
    }
    func composition(_ i: Double, _ j: Double) -> Double {
      0.5 + 0.3 * sin(0.9 * i) + 0.15 * cos(1.1 * j)
    }
    func bowed(_ x: Double) -> Double { 1 - x + 0.2 * x * (1 - x) }
    channels = [
      "mask": field { _, _ in 1 },
      "composition": field(composition),
      "e_aa": field { i, j in -0.0494 * bowed(composition(i, j)) + 1e-5 * sin(7 * i + 3 * j) },
      "e_cc": field { i, j in 0.0213 * bowed(composition(i, j)) + 1e-5 * cos(5 * i + j) },
      "e_ac": field { i, j in 1e-5 * sin(i * j) },
      "rotation": field { i, j in 1e-5 * cos(i + j) },
    ]
  }

  /// The same with a change.
  func with(_ change: (inout SketchedStack) -> Void) -> SketchedStack {
    var changed = self
    change(&changed)
    return changed
  }

  /// Sets a channel's values where `chosen` says so.
  mutating func set(_ channel: String, to value: Double, where chosen: (Int, Int) -> Bool) {
    for j in 0..<Self.rows {
      for i in 0..<Self.columns where chosen(i, j) {
        channels[channel]?[j * Self.columns + i] = value
      }
    }
  }

  /// Sets the composition as a function of the column.
  mutating func setComposition(_ value: (Int) -> Double) {
    channels["composition"] = (0..<Self.rows * Self.columns).map { value($0 % Self.columns) }
  }

  /// Writes it.
  ///
  /// Collective.
  func write(_ path: String) throws {
    let file = try OutputFile(path, communicator: TestSession.communicator)
    if let format { try file.setAttribute("format", format) }
    try file.setAttribute("version", [version], as: .integer)
    try writeParticle(to: file)
    if hasSecond { try SketchedStack().with { $0.name = "Q" }.writeParticle(to: file) }
    try file.commit()
  }

  private func writeParticle(to file: borrowing OutputFile) throws {
    try file.makeGroup(name)
    if let pixelSize { try file.setAttribute("pixel_size", [pixelSize], of: name) }
    try file.setAttribute("role", role, of: name)
    // A dictionary's order differs from rank to rank.
    for (channel, values) in channels.sorted(by: { $0.key < $1.key }) {
      let shape = shapes[channel] ?? [Self.rows, Self.columns]
      try file.write(
        "\(name)/\(channel)", Array(values.prefix(shape.reduce(1, *))), shape: shape,
        as: channel == "mask" ? .byte : .double)
    }
  }
}

/// The stacks that the rows of ``StackRow`` name, by file.
enum SketchedStacks {
  static let all: [String: SketchedStack] = {
    let good = SketchedStack()
    let strains = ["e_aa", "e_cc", "e_ac", "rotation"]
    var stacks: [String: SketchedStack] = [
      "good.h5": good,
      "pair.h5": good.with { $0.hasSecond = true },
      "tests.h5": good.with { $0.role = "test" },
      "role.h5": good.with { $0.role = "trian" },
      "newer.h5": good.with { $0.version = 3 },
      "foreign.h5": good.with { $0.format = nil },
      "law.h5": good.with { $0.format = "vegard-law" },
      "unsized.h5": good.with { $0.pixelSize = nil },
      "zero.h5": good.with { $0.pixelSize = 0 },
      "negative.h5": good.with { $0.pixelSize = -50 },
      "nansize.h5": good.with { $0.pixelSize = .nan },
    ]
    for name in ["mask", "composition", "e_aa", "e_cc", "e_ac", "rotation"] {
      stacks["no_\(name).h5"] = good.with { $0.channels[name] = nil }
    }
    stacks["shapes.h5"] = good.with { $0.shapes["e_ac"] = [rows, columns - 1] }
    stacks["line.h5"] = good.with { $0.shapes["mask"] = [rows * columns] }
    stacks["swapped.h5"] = good.with {
      for name in $0.channels.keys { $0.shapes[name] = [columns, rows] }
    }
    // Five dead pixels in one channel, two of the same in another.
    stacks["nan.h5"] = good.with {
      $0.set("e_aa", to: .nan) { i, j in j == 4 && (3...7).contains(i) }
      $0.set("e_cc", to: .infinity) { i, j in j == 4 && (3...4).contains(i) }
    }
    stacks["lines.h5"] = good.with {
      for name in strains { $0.set(name, to: .nan) { _, j in j == 3 || j == 6 } }
    }
    stacks["hole.h5"] = good.with {
      $0.set("composition", to: .nan) { i, j in (4...5).contains(i) && (2...4).contains(j) }
    }
    stacks["dead.h5"] = good.with { $0.set("e_cc", to: .nan) { _, _ in true } }
    stacks["blind.h5"] = good.with { $0.set("composition", to: .nan) { _, _ in true } }
    stacks["empty.h5"] = good.with { $0.set("mask", to: 0) { _, _ in true } }
    stacks["pixel.h5"] = good.with { $0.set("mask", to: 0) { i, j in i != 5 || j != 3 } }
    stacks["parts.h5"] = good.with { $0.set("mask", to: 0) { i, _ in i == 3 || i == 7 } }
    // The second part has no composition to be filled from.
    stacks["unfilled.h5"] = good.with {
      $0.set("mask", to: 0) { i, _ in i == 7 }
      $0.set("composition", to: .nan) { i, _ in i > 7 }
    }
    stacks["levels.h5"] = good.with { $0.setComposition { $0 < 6 ? 0.1 : 0.9 } }
    stacks["equal.h5"] = good.with { $0.setComposition { _ in 0.4 } }
    stacks["reference.h5"] = good.with { $0.setComposition { _ in 1 } }
    // Between fixed ends only the stress across layers counts: C11 f_a + C13 f_c.
    stacks["layers.h5"] = good.with { $0.setComposition { 0.5 + 0.45 * sin(0.9 * Double($0)) } }
    // Four levels for the check, two for the arithmetic.
    stacks["near.h5"] = good.with {
      $0.setComposition { ($0 < 6 ? 0.1 : 0.9) + 2e-9 * Double($0 % 3) }
    }
    return stacks
  }()

  private static let rows = SketchedStack.rows
  private static let columns = SketchedStack.columns

  /// Writes all of them, and some files that are no stacks or no longer.
  ///
  /// Collective.
  static func write(in directory: URL) throws {
    for (name, stack) in all.sorted(by: { $0.key < $1.key }) {
      try stack.write(directory.appending(path: name).path)
    }
    _ = try TestSession.communicator.first { () throws(ParallelError) in
      do { try writeWhatIsNone(in: directory) } catch {
        throw ParallelError(.file, "\(directory.path): \(error.localizedDescription)")
      }
      return ""
    }
    let file = try OutputFile(
      directory.appending(path: "bare.h5").path, communicator: TestSession.communicator)
    try file.setAttribute("format", "chemomech-images")
    try file.setAttribute("version", [1], as: .integer)
    try file.commit()
  }

  private static func writeWhatIsNone(in directory: URL) throws {
    let whole = try Data(contentsOf: directory.appending(path: "good.h5"))
    try whole.prefix(whole.count / 2).write(to: directory.appending(path: "half.h5"))
    try whole.prefix(40).write(to: directory.appending(path: "head.h5"))
    try Data("e_aa,e_cc\n0.1,0.2\n".utf8).write(to: directory.appending(path: "text.h5"))
    try Data().write(to: directory.appending(path: "nothing.h5"))
  }
}
