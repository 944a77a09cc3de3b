// SPDX-License-Identifier: Apache-2.0

import Parallel

extension StructuredGrid {
  /// The shape of a nodal field in a file, slowest first.
  var fileShape: [Int] {
    dimension == 2 ? [nodes.y, nodes.x] : [nodes.z, nodes.y, nodes.x]
  }

  /// The shape of a nodal field in a run: the plane that closes a periodic box is there, too.
  var closedShape: [Int] {
    dimension == 2
      ? [elements.y + 1, elements.x + 1] : [elements.z + 1, elements.y + 1, elements.x + 1]
  }

  /// The sizes of fields of a run by the names of their declarations; a plane one has no z.
  var sizes: [String: Int] {
    var sizes = ["mx": elements.x + 1, "my": elements.y + 1, "nx": elements.x, "ny": elements.y]
    if dimension == 3 { (sizes["mz"], sizes["nz"]) = (elements.z + 1, elements.z) }
    return sizes
  }

  /// The nodes of a run that this rank writes: its own, and ghosts that close a periodic box.
  var closedNodes: (x: Range<Int>, y: Range<Int>) {
    func closed(_ range: Range<Int>, _ elements: Int, _ isPeriodic: Bool) -> Range<Int> {
      isPeriodic && !range.isEmpty && range.upperBound == elements
        ? range.lowerBound..<elements + 1 : range
    }
    return (closed(own.x, elements.x, periodic.x), closed(own.y, elements.y, periodic.y))
  }

  /// The shape of a field with a number for each element.
  var cellShape: [Int] {
    dimension == 2 ? [elements.y, elements.x] : [elements.z, elements.y, elements.x]
  }

  /// The elements that are this rank's: those whose lowest node is its own.
  var ownElements: (x: Range<Int>, y: Range<Int>) {
    func own(_ range: Range<Int>, _ count: Int) -> Range<Int> {
      range.lowerBound..<max(range.lowerBound, min(range.upperBound, count))
    }
    return (own(self.own.x, elements.x), own(self.own.y, elements.y))
  }

  /// Where this rank's nodes belong in a file.
  var nodeWindow: Window {
    dimension == 2 ? Window(own.y, own.x) : Window(0..<nodes.z, own.y, own.x)
  }

  /// Where this rank's elements belong in a file; nil where it has none.
  var cellWindow: Window? {
    let (x, y) = ownElements
    guard !x.isEmpty && !y.isEmpty else { return nil }
    return dimension == 2 ? Window(y, x) : Window(0..<elements.z, y, x)
  }

  /// The own nodes of a field in the order of a file.
  func fileOrder(_ fields: Fields, _ component: Int) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(layout.x * layout.y * layout.z)
    let lane = fields[component]
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x {
          values.append(lane[layout.index(i, j, k)])
        }
      }
    }
    return values
  }

  /// Reads the own nodes of a field.
  ///
  /// Collective.
  func read(
    _ fields: Fields, _ component: Int, from dataset: String, of file: borrowing InputFile
  ) throws(ParallelError) {
    let values = try file.numbers(dataset, window: nodeWindow)
    let lane = fields[component]
    var next = 0
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x {
          lane[layout.index(i, j, k)] = values[next]
          next += 1
        }
      }
    }
  }
}
