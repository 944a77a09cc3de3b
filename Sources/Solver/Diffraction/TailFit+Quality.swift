// SPDX-License-Identifier: Apache-2.0

import Foundation

extension TailFit {
  /// The cells of a window: rows of weights, the weights, and the scaled design with its inverse.
  struct Cells {
    let rows: [MomentRow]
    let weights: [Double]
    /// Shape (cells and assumptions, terms).
    let design: [Double]
    /// Shape (terms, cells and assumptions).
    let inverse: [[Double]]
  }

  /// How well a fit describes its data.
  struct Quality {
    /// χ² of the fit, what it is expected to be for a right model, and the deviation of that.
    let chiSquare, expected, deviation: Double

    /// χ² per effective degree of freedom: one for a right model and right errors.
    var perDegree: Double { chiSquare / expected }

    /// χ² as a standard normal number, by Wilson and Hilferty.
    var score: Double {
      let degrees = 2 * expected * expected / (deviation * deviation)
      let spread = 2 / (9 * degrees)
      return (cbrt(perDegree) - 1 + spread) / spread.squareRoot()
    }
  }

  /// χ² beside its expectation.
  ///
  /// Neighbouring cells share points, and a filter correlates them all: with R the projection on
  /// what the fit leaves and K the covariance of the weighted data, χ² has the mean tr(R K) and the
  /// variance 2 tr(R K R K).
  func quality(_ profile: LineProfile) -> Quality {
    let count = cells.rows.count
    let terms = setup.terms.count
    let height = cells.design.count / terms
    let scatter = profile.variances.map { $0.squareRoot() }
    let data = cells.rows.indices.map { cell -> [Double] in
      var dense = [Double](repeating: 0, count: profile.intensities.count)
      cells.rows[cell].add(cells.weights[cell], to: &dense)
      dense = profile.measured(dense)
      for index in dense.indices { dense[index] *= scatter[index] }
      return dense
    }
    // Without a filter cells share points with their next neighbours at most.
    let bandwidth = profile.filter.isEmpty ? 2 : count
    var product = [Double](repeating: 0, count: height * height)
    var projection = product
    for row in 0..<height {
      for column in 0..<height {
        var entry = row == column ? 1.0 : 0
        for term in 0..<terms {
          entry -= cells.design[row * terms + term] * cells.inverse[term][column]
        }
        projection[row * height + column] = entry
      }
    }
    for column in 0..<height {
      let isDatum = column < count
      let near =
        isDatum
        ? max(0, column - bandwidth)..<min(count, column + bandwidth + 1) : column..<column + 1
      for middle in near {
        var covariance = 1.0
        if isDatum {
          covariance = 0
          for index in data[column].indices {
            covariance += data[middle][index] * data[column][index]
          }
        }
        for row in 0..<height {
          product[row * height + column] += projection[row * height + middle] * covariance
        }
      }
    }
    var mean = 0.0
    var variance = 0.0
    for row in 0..<height {
      mean += product[row * height + row]
      for column in 0..<height {
        variance += 2 * product[row * height + column] * product[column * height + row]
      }
    }
    return Quality(chiSquare: chiSquare, expected: mean, deviation: variance.squareRoot())
  }
}

extension LineProfile {
  /// The scatter of neighbouring points over their errors, beyond ±q; one where the errors are right.
  ///
  /// Fourth differences, whose squares sum to 70 times the variance, do not see a smooth curve; the
  /// median of the square of a normal number is 0.4549 of its mean.
  func scatter(beyond q: Double) -> Double {
    guard intensities.count > 12 else { return .nan }
    var ratios: [Double] = []
    for i in 2..<intensities.count - 2 where abs(offsets[i]) > q && variances[i] > 0 {
      let difference =
        intensities[i - 2] - 4 * intensities[i - 1] + 6 * intensities[i] - 4 * intensities[i + 1]
        + intensities[i + 2]
      ratios.append(difference * difference / 70 / variances[i])
    }
    ratios.sort()
    return ratios.isEmpty ? .nan : (ratios[ratios.count / 2] / 0.4549).squareRoot()
  }
}
