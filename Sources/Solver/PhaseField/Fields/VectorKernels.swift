// SPDX-License-Identifier: Apache-2.0

/// Sums and products over all numbers of fields; those of the ghosts are zero.
package enum VectorKernels {
  /// y += a x; fields that only one of them has, the last ones, stay as they are.
  package static func add(_ factor: Double, _ source: Fields, to target: Fields) {
    let (x, y) = (source.all, target.all)
    let a = Eight(repeating: factor)
    for place in stride(from: 0, to: min(source.total, target.total), by: 8) {
      y.store(place, y.load(place).addingProduct(a, x.load(place)))
    }
  }

  /// x *= a, for some of the fields.
  static func scale(_ target: Fields, _ component: Int, by factor: Double) {
    let lane = target[component]
    for place in stride(from: 0, to: target.layout.size, by: 8) {
      lane.store(place, lane.load(place) * factor)
    }
  }

  /// x · y over this rank.
  package static func dot(_ first: Fields, _ second: Fields) -> Double {
    let (x, y) = (first.all, second.all)
    var sum0 = Eight.zero
    var sum1 = Eight.zero
    for place in stride(from: 0, to: first.total, by: 16) {
      sum0 = sum0.addingProduct(x.load(place), y.load(place))
      sum1 = sum1.addingProduct(x.load(place + 8), y.load(place + 8))
    }
    return (sum0 + sum1).sum()
  }

  /// x · y of one field each.
  package static func dot(_ first: Lane, _ second: Lane, _ layout: FieldLayout) -> Double {
    var sum = Eight.zero
    for place in stride(from: 0, to: layout.size, by: 8) {
      sum = sum.addingProduct(first.load(place), second.load(place))
    }
    return sum.sum()
  }
}

extension VectorKernels {
  /// x *= a, all fields.
  package static func scaleAll(_ target: Fields, by factor: Double) {
    let lane = target.all
    for place in stride(from: 0, to: target.total, by: 8) {
      lane.store(place, lane.load(place) * factor)
    }
  }
}

extension Lane {
  /// The sum of a field whose ghosts are zero.
  func sum(_ layout: FieldLayout) -> Double {
    var total = Eight.zero
    for place in stride(from: 0, to: layout.size, by: 8) { total += load(place) }
    return total.sum()
  }
}
