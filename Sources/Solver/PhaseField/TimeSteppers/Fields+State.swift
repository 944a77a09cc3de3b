// SPDX-License-Identifier: Apache-2.0

/// Fields on a grid as the unknowns of a system.
extension Fields: SystemState {
  /// Adds a multiple of all fields.
  public func add(_ factor: Double, _ other: Fields) {
    VectorKernels.add(factor, other, to: self)
    scalars += factor * other.scalars
  }

  /// Becomes Σ weight · state, of as many unknowns as these are and of what stands beside them; sums
  /// and products are rounded one by one.
  public func combine(_ terms: [(weight: Double, state: Fields)]) {
    for component in 0..<count {
      let target = self[component]
      for (index, term) in terms.enumerated() {
        let isBeside = component >= count - beside
        let source = term.state[isBeside ? term.state.count - count + component : component]
        for place in stride(from: 0, to: layout.size, by: 8) {
          let product = source.load(place) * term.weight
          target.store(place, index == 0 ? product : target.load(place) + product)
        }
      }
    }
    scalars = terms.reduce(.zero) { $0 + $1.weight * $1.state.scalars }
  }
}
