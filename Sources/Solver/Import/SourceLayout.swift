// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

/// Where one image lies in an HDF5 dataset, and how its numbers become the stack's.
struct SourceSlice {
  /// What a dimension of the dataset is.
  enum Axis: Equatable {
    case row, column
    case fixed(Int)
  }

  /// The dataset's path.
  let dataset: String
  /// One entry per dimension, slowest first.
  let axes: [Axis]
  /// What the values are multiplied by.
  var factor = 1.0

  /// The plain 2-D image of a dataset, rows first.
  init(_ dataset: String, axes: [Axis] = [.row, .column], factor: Double = 1) {
    self.dataset = dataset
    self.axes = axes
    self.factor = factor
  }

  /// Rows and columns, given the dataset's shape.
  func imageShape(_ shape: [Int]) -> [Int] {
    [Axis.row, .column].map { axis in
      axes.firstIndex(of: axis).map { shape[$0] } ?? 0
    }
  }

  /// The held values of an image.
  ///
  /// Collective; each rank asks for its own lines.
  func read(
    _ layout: ImageLayout, from file: borrowing InputFile
  ) throws(ParallelError) -> [Double] {
    let rows = layout.linesAreColumns ? 0..<layout.rows : layout.held
    let columns = layout.linesAreColumns ? layout.held : 0..<layout.columns
    let window = Window(
      axes.map { axis in
        switch axis {
        case .row: rows
        case .column: columns
        case .fixed(let index): index..<(index + 1)
        }
      })
    var values = try file.declaredNumbers(dataset, window: window)
    if let row = axes.firstIndex(of: .row), let column = axes.firstIndex(of: .column),
      column < row, !values.isEmpty
    {
      let stored = values
      for i in 0..<rows.count {
        for j in 0..<columns.count { values[i * columns.count + j] = stored[j * rows.count + i] }
      }
    }
    if factor != 1 {
      for index in values.indices { values[index] *= factor }
    }
    return layout.lineMajor(values, lines: layout.held)
  }
}

/// One particle as a file holds it: where its images lie and what the file says of its geometry.
struct SourceLayout {
  /// The format's name, for messages and the attribute `source`.
  let format: String
  /// The particle's name in the file; nil where the file's own name serves.
  var name: String?
  /// Where each map of the stack lies.
  var slices: [ImageMap: SourceSlice] = [:]
  /// How far the noise of a channel is correlated, in pixels, where the file states it.
  var correlationLengths: [Channel: Double] = [:]
  /// Edge of a pixel as the file states it.
  var pixelSize = StatedPixelSize.absent("no pixel size")
  /// (a, c) of the centre of pixel [0,0] in nm, where the file states it.
  var origin: [Double]?
  /// The composition at which the strain is zero, where the file states it.
  var referenceComposition: Double?
  /// What the particle is for, where the file states it.
  var role: ParticleImage.Role?
  /// Whether values outside the mask are kept, as in our own stack.
  var keepsOutside = false
  /// Sentences for the user's log.
  var notes: [String] = []

  init(format: String, name: String? = nil) {
    self.format = format
    self.name = name
  }

  /// Adds a slice under its stack name.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when two labels mean the same channel.
  mutating func add(
    _ slice: SourceSlice, as label: ChannelLabel, in file: String
  ) throws(ParallelError) {
    if let other = slices[label.map] {
      throw ParallelError(
        .input,
        "\(file): found two datasets for \(label.map.name), \(other.dataset) and \(slice.dataset), "
          + "expected one")
    }
    slices[label.map] = slice
  }

  /// The slices in the order of the stack.
  var ordered: [(map: ImageMap, slice: SourceSlice)] {
    ImageMap.all.compactMap { map in slices[map].map { (map, $0) } }
  }

  /// Whether there is more than a mask.
  var hasData: Bool { slices.keys.contains { $0 != .mask } }
}

/// An HDF5 format that can be imported.
protocol ImportFormat {
  /// Its name, for messages.
  static var name: String { get }
  /// Whether the file is of this format.
  ///
  /// Collective.
  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool
  /// The particles in the file.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming what was found when there are none.
  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout]
}
