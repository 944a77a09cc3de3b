// SPDX-License-Identifier: Apache-2.0

/// The blocks of the preconditioner, one for each mode.
extension FieldSystem {
  /// Inverts diagonal + mean of each mode by Gauss–Jordan elimination, eight modes at a time.
  ///
  /// - Parameter means: of i ≤ j, at ``pairIndex(_:_:)``.
  func invertBlocks(_ means: [Double]) {
    if fields == 1 {
      let (sum, result) = (diagonal[0], inverse[0])
      let mean = Eight(repeating: means[0])
      for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
        result.store(place, Eight(repeating: 1) / (sum.load(place) + mean))
      }
    } else {
      let block = Numbers(8 * fields * fields)
      for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
        invert(block.lane, place, means)
      }
    }
    removeMeans()
    box.clearPadding(inverse)
  }

  private func invert(_ block: Lane, _ place: Int, _ means: [Double]) {
    for row in 0..<fields {
      for column in 0..<fields {
        var entry = Eight(repeating: means[pairIndex(row, column)])
        if row == column { entry += diagonal[row].load(place) }
        block.store(8 * (row * fields + column), entry)
      }
    }
    for pivot in 0..<fields {
      let scale = Eight(repeating: 1) / block.load(8 * (pivot * fields + pivot))
      block.store(8 * (pivot * fields + pivot), Eight(repeating: 1))
      for column in 0..<fields {
        let index = 8 * (pivot * fields + column)
        block.store(index, block.load(index) * scale)
      }
      for row in 0..<fields where row != pivot {
        let factor = Eight.zero - block.load(8 * (row * fields + pivot))
        block.store(8 * (row * fields + pivot), .zero)
        for column in 0..<fields {
          let (index, source) = (8 * (row * fields + column), 8 * (pivot * fields + column))
          block.store(index, block.load(index).addingProduct(factor, block.load(source)))
        }
      }
    }
    for column in 0..<fields {
      for row in 0...column {
        inverse[pairIndex(row, column)].store(place, block.load(8 * (row * fields + column)))
      }
    }
  }

  /// The first mode of a field whose content is kept is none of Newton's unknowns.
  private func removeMeans() {
    guard box.holdsMean else { return }
    for (field, variable) in model.variables.enumerated() where variable.kinetics.keepsContent {
      for other in 0..<fields { inverse[pairIndex(field, other)][box.meanPlace] = 0 }
    }
  }

  /// A symmetric block of each mode times modes.
  func apply(_ blocks: Fields, to modes: Fields, into result: Fields) {
    for field in 0..<fields {
      let target = result[field]
      for other in 0..<fields {
        let (block, source) = (blocks[pairIndex(field, other)], modes[other])
        for place in stride(from: 0, to: box.modeLayout.size, by: 8) {
          let sum = other == 0 ? Eight.zero : target.load(place)
          target.store(place, sum.addingProduct(block.load(place), source.load(place)))
        }
      }
    }
  }
}
