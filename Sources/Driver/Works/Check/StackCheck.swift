// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// What `learn` and `residual` will take of the images of a stack.
struct StackCheck {
  let file: String
  let context: RunContext

  /// Reads all images and predicts the memory of one rank that has them alone.
  ///
  /// Collective.
  ///
  /// Straight lines through the peaks that were measured, with default options, on one particle of
  /// 50 and 100 thousand pixels and on several smaller ones; within a sixth of each.
  func run() throws(ParallelError) {
    let reader = try StackReader(file, communicator: context.communicator)
    var pixels: [(name: String, count: Int)] = []
    // Known noise of the composition needs fields of its derivatives.
    var share = 1.0
    for name in try reader.particles() {
      let image = try reader.particle(name)
      pixels.append((name, image.numbering.globalCount))
      if image.sigmas[.composition] != nil { share = 2.1 }
    }
    let all = Double(pixels.reduce(0) { $0 + $1.count })
    let largest = Double(pixels.map(\.count).max() ?? 0)
    let start = 55 * 0x1p20
    let learn = start + share * (11e3 * largest + 2.7e3 * all)
    let residual = start + 13.2e3 * largest + 500 * all
    context.log.note("\(file): a valid stack")
    var table = Table("stack", "value", "unit")
    for (name, count) in pixels { table.add("pixels of \(name)", "\(count)", "1") }
    table.add("memory of learn on one rank, about", NodeMemory.text(learn), "")
    table.add("memory of residual on one rank, about", NodeMemory.text(residual), "")
    context.console.table(table)
    context.console.result([
      "command": "stack", "pixels": .integer(Int(all)), "largest_pixels": .integer(Int(largest)),
      "learn_memory_bytes": .number(learn), "residual_memory_bytes": .number(residual),
    ])
  }
}
