// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Numerics
import Parallel
import Physics

/// Row B8: what is printed as determined is so, counted over repeated draws.
enum LineDoubtStudy {
  static let study = Study(
    "B8", "what lines print as determined, over repeated draws", run: run)

  /// What a line is measured with.
  enum Kind: String, CaseIterable {
    case alone, neighbour, neighbours, curved
    case perAngstrom = "1/Å"
    case fourColumns = "four columns"
    /// The flank of a neighbour within the window.
    case flank
    /// A background that bends as no polynomial of the fit does.
    case uneven

    /// Whether the model of the fit holds, or nearly.
    var isRight: Bool { self != .flank && self != .uneven }
    /// The window's reach in full widths.
    var reach: Double {
      switch self {
      case .neighbour, .neighbours: 20
      case .flank: 32
      default: 25
      }
    }
  }

  /// One of two lines: ρ* = 400 1/µm² and ε = 108.7 nm.
  struct Shape {
    let name: String
    let size: Double
    let fullWidth: Double
    let intensities: ([Double]) -> [Double]

    static let density = 4e-4

    static var all: [Shape] {
      let wilkens = WilkensLine(median: 120, spread: 0.35, density: density, cutoff: 60)
      let bessel = VirtualLine(size: wilkens.size, density: density)
      return [
        Shape(
          name: "Wilkens", size: wilkens.size, fullWidth: 0.01366, intensities: wilkens.intensities
        ),
        Shape(
          name: "K1", size: bessel.size, fullWidth: bessel.fullWidth,
          intensities: bessel.intensities),
      ]
    }
  }

  /// A line as it would be without noise, and where it lies.
  struct Pattern {
    let kind: Kind
    let shape: Shape
    let q: [Double]
    /// Per count at the top.
    let mean: [Double]

    /// The 111 line of copper, in 1/nm.
    static let centre = 3.0.squareRoot() / 0.3615

    init(_ kind: Kind, _ shape: Shape) {
      (self.kind, self.shape) = (kind, shape)
      // Not on the grid, and sixteen points a width.
      let step = shape.fullWidth / 16
      let half = Int(kind.reach * 16)
      let offsets = (-half...half).map { (Double($0) + 0.3) * step }
      let distance = 40 * shape.fullWidth
      let line = shape.intensities(offsets + [0])
      var sum = Array(line.dropLast())
      if kind == .neighbour || kind == .neighbours || kind == .flank {
        sum = zip(sum, shape.intensities(offsets.map { $0 - distance })).map(+)
      }
      if kind == .neighbours {
        sum = zip(sum, shape.intensities(offsets.map { $0 + distance })).map(+)
      }
      let top = line.last ?? 1
      q = offsets.map { Pattern.centre + $0 }
      mean = offsets.indices.map { index in
        let x = offsets[index] / offsets[offsets.count - 1]
        return sum[index] / top
          + (kind == .curved
            ? 0.01 * (1 - 0.3 * x * x)
            : kind == .uneven ? 0.01 * (1 + 0.5 * cos(9 * x)) : 0.002)
      }
    }

    /// A draw with so many counts at the top, as the text of a file.
    func text(counts: Double, draw: Int, seed: Int) -> String {
      let noise = IndexedNoise(seed: seed)
      let unit = kind == .perAngstrom ? 0.2 * Double.pi : 2 * .pi
      return q.indices.map { index in
        let value = counts * mean[index]
        let drawn = max(
          0, (value + value.squareRoot() * noise.normal(stream: draw, index: index)).rounded())
        let place = String(format: "%.6f", q[index] * unit)
        return kind == .fourColumns
          ? "\(place) \(Int(drawn)) 1 \(String(format: "%.4f", max(1, value).squareRoot()))"
          : "\(place) \(Int(drawn))"
      }.joined(separator: "\n")
    }

    /// What `diffract` says about a draw.
    func analysis(counts: Double, draw: Int, seed: Int) throws(ParallelError) -> LineAnalysis {
      let columns =
        kind == .fourColumns ? PatternColumns(position: 0, intensity: 1, deviation: 3) : nil
      let rows = try PatternColumns.rows(
        of: text(counts: counts, draw: draw, seed: seed), path: "draw \(draw)", columns: columns)
      let pattern = DiffractionPattern(
        abscissa: kind == .perAngstrom ? .scatteringVectorPerAngstrom : .scatteringVector,
        positions: rows.positions, intensities: rows.intensities, errors: rows.errors)
      return LineAnalysis(
        try LineProfile(pattern, wavelength: nil, name: "1 1 1"), LineOptions())
    }
  }

  @Sendable private static func run(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    var results: [StudyResult] = []
    let draws = options.quick ? 4 : 40
    for kind in Kind.allCases {
      var worst = (density: 0.0, size: 0.0)
      var determined = (density: 0, size: 0)
      var total = 0
      var chiSquare = 0.0
      for shape in Shape.all {
        let pattern = Pattern(kind, shape)
        for counts in options.quick ? [1e6] : [1e5, 1e6, 5e6] {
          for draw in 0..<draws {
            let found = try pattern.analysis(
              counts: counts, draw: draw + 1000 * Int(log10(counts)), seed: options.seed)
            total += 1
            chiSquare += found.chiSquarePerDegree ?? .nan
            if found.doubt == nil {
              determined.density += 1
              let error = found.density.value - Shape.density
              worst.density = max(worst.density, abs(error) / found.density.deviation)
            }
            if let size = found.size {
              determined.size += 1
              worst.size = max(worst.size, abs(size.value - shape.size) / size.deviation)
            }
          }
        }
      }
      let name = "\(kind.rawValue), \(total) draws"
      results += [
        StudyResult(
          "\(name): largest error of a determined ρ* in its sd", worst.density, atMost: 3),
        StudyResult("\(name): largest error of a determined size in its sd", worst.size, atMost: 3),
      ]
      let shares = (
        Double(determined.density) / Double(total), Double(determined.size) / Double(total)
      )
      if kind.isRight {
        results += [
          StudyResult(
            "\(name): χ² per degree of freedom", chiSquare / Double(total), target: 1,
            tolerance: 0.15),
          StudyResult("\(name): share whose ρ* is determined", shares.0, atLeast: 0.5),
          StudyResult("\(name): share whose size is determined", shares.1, atLeast: 0.5),
        ]
      } else {
        results += [
          StudyResult("\(name): share whose ρ* is determined", reported: shares.0),
          StudyResult("\(name): share whose size is determined", reported: shares.1),
        ]
      }
    }
    return results
  }
}
