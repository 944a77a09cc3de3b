// SPDX-License-Identifier: Apache-2.0

import Parallel

/// The voxels of a file as they lie in a box.
struct VoxelField {
  let path: String
  /// The array of an HDF5 file.
  let dataset: String
  /// Voxels along x, y, z.
  let counts: [Int]
  /// Edges of a voxel in nm along x, y, z.
  let voxel: [Double]
  /// The outer corner of the first voxel in nm.
  let origin: [Double]
  /// The direction of each dimension of the array, slowest first: 0 is x.
  private let order: [Int]

  /// The voxels of a tomogram.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for an array that is missing, of other dimensions, of
  ///   another size of voxel than it declares, or that does not cover the box.
  init(_ tomogram: Tomogram, _ grid: StructuredGrid) throws(ParallelError) {
    path = tomogram.file
    dataset = tomogram.dataset
    let isPlane = grid.dimension == 2
    let axes = tomogram.axes.isEmpty ? (isPlane ? [.c, .a] : [.b, .c, .a]) : tomogram.axes
    order = axes.map { [.a: 0, .c: 1, .b: 2][$0] ?? 0 }
    guard order.sorted() == Array(0..<grid.dimension) else {
      throw ParallelError(
        .input,
        "tomogram.axes: found [\(axes.map(\.rawValue).joined(separator: ", "))], expected "
          + (isPlane ? "a and c" : "a, c and b") + " in the order of the array's dimensions")
    }
    let (shape, declared) = try VoxelField.layout(tomogram, grid)
    guard shape.count == order.count, shape.allSatisfy({ $0 > 0 }) else {
      throw ParallelError(
        .input,
        "\(VoxelField.name(path, dataset)) has shape \(shape), expected ("
          + axes.map {
            [.a: "x", .c: "y", .b: "z"][$0] ?? ""
          }.joined(separator: ", ") + ")")
    }
    let size = [grid.size.x, grid.size.y, grid.size.z]
    var (counts, edges) = ([1, 1, 1], size)
    for (index, direction) in order.enumerated() { counts[direction] = shape[index] }
    for direction in 0..<grid.dimension {
      edges[direction] = size[direction] / Double(counts[direction])
    }
    let given = tomogram.voxel.map { [$0.x, $0.y, $0.z] }
    for (index, direction) in order.enumerated() {
      let stated = given?[direction]
      guard stated?.isFinite ?? true else {
        throw ParallelError(
          .input, "tomogram.voxel: found no b, expected it with elements along b")
      }
      if let declared, let stated, abs(declared[index] - stated) > 1e-3 * stated {
        throw ParallelError(
          .input,
          "tomogram.voxel: found \(stated) nm along \(axes[index].rawValue), but "
            + "\(VoxelField.name(path, dataset)) declares \(declared[index]) nm (element_size_um)")
      }
      edges[direction] = stated ?? declared?[index] ?? edges[direction]
    }
    self.counts = counts
    voxel = edges
    origin = [tomogram.origin.x, tomogram.origin.y, isPlane ? 0 : tomogram.origin.z]
    try checkCover(size, axes)
  }

  /// The mask of a particle's image, in the middle of the box and drawn out along b.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a mask that is missing, or larger than the box.
  init(mask particle: String, of path: String, _ grid: StructuredGrid) throws(ParallelError) {
    self.path = path
    dataset = "\(particle)/mask"
    order = [1, 0]
    let file = try InputFile(path, communicator: grid.communicator)
    guard try file.contains(dataset) else {
      throw ParallelError(.input, "\(path): dataset \(dataset) is missing")
    }
    let shape = try file.shape(of: dataset)
    guard let edge = try file.attribute("pixel_size", of: particle)?.number, edge > 0 else {
      throw ParallelError(.input, "\(path): \(particle): attribute pixel_size is missing")
    }
    guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw ParallelError(
        .input, "\(path): dataset \(dataset) has shape \(shape), expected (y, x)")
    }
    let size = grid.size
    counts = [shape[1], shape[0], 1]
    voxel = [edge, edge, size.z]
    let extent = (edge * Double(shape[1]), edge * Double(shape[0]))
    guard extent.0 <= size.x * (1 + 1e-9), extent.1 <= size.y * (1 + 1e-9) else {
      throw ParallelError(
        .input,
        "\(path): \(dataset) spans \(extent.0) × \(extent.1) nm, expected at most the box of "
          + "\(size.x) × \(size.y) nm")
    }
    origin = [(size.x - extent.0) / 2, (size.y - extent.1) / 2, 0]
  }

  /// What holds the voxels, for messages.
  var name: String { VoxelField.name(path, dataset) }

  private static func name(_ path: String, _ dataset: String) -> String {
    dataset.isEmpty ? path : "\(path): dataset \(dataset)"
  }

  /// The shape of the array, and the edges of a voxel in nm where it declares them.
  ///
  /// ilastik and Fiji write them as the attribute `element_size_um`, in the order of the dimensions.
  ///
  /// Collective.
  private static func layout(
    _ tomogram: Tomogram, _ grid: StructuredGrid
  ) throws(ParallelError) -> (shape: [Int], declared: [Double]?) {
    let (path, dataset) = (tomogram.file, tomogram.dataset)
    if TIFFStack.isNamed(path) {
      return (try TIFFStack(path, communicator: grid.communicator).shape, nil)
    }
    let file = try InputFile(path, communicator: grid.communicator)
    guard try file.contains(dataset) else {
      throw ParallelError(.input, "\(path): dataset \(dataset) is missing")
    }
    let shape = try file.shape(of: dataset)
    let sizes = try file.attribute("element_size_um", of: dataset)?.list?.map { 1000 * $0 }
    guard let sizes, sizes.count == shape.count, sizes.allSatisfy({ $0 > 0 }) else {
      return (shape, nil)
    }
    return (shape, sizes)
  }

  /// Refuses voxels that leave a part of the box open: what is not scanned is not known.
  ///
  /// Half a voxel may be missing at each side, as where voxels are places of points.
  private func checkCover(_ size: [Double], _ axes: [Tomogram.Axis]) throws(ParallelError) {
    for axis in Tomogram.Axis.allCases where axes.contains(axis) {
      let direction = [.a: 0, .c: 1, .b: 2][axis] ?? 0
      let (low, edge) = (origin[direction], voxel[direction])
      let high = low + edge * Double(counts[direction])
      let slack = 0.5 * edge + 1e-9 * size[direction]
      guard low <= slack, high >= size[direction] - slack else {
        throw ParallelError(
          .input,
          "\(name): its \(counts[direction]) voxels of \(edge) nm span \(low) to \(high) nm along "
            + "\(axis.rawValue), expected at least the box, 0 to \(size[direction]) nm: look at "
            + "tomogram.voxel, origin and axes")
      }
      guard edge <= 0.5 * size[direction] || counts[direction] == 1 else {
        throw ParallelError(
          .input,
          "\(name): a voxel of \(edge) nm along \(axis.rawValue) is more than half the box of "
            + "\(size[direction]) nm: look at the unit of tomogram.voxel")
      }
    }
  }

  /// The voxels of a window, x fastest.
  ///
  /// Collective. Each rank reads its own window.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when they cannot be read.
  func numbers(
    _ ranges: [Range<Int>], _ communicator: Communicator
  ) throws(ParallelError) -> [Double] {
    let window = Window(order.map { ranges[$0] })
    let values =
      TIFFStack.isNamed(path)
      ? try TIFFStack(path, communicator: communicator).numbers(window: window)
      : try InputFile(path, communicator: communicator).numbers(dataset, window: window)
    if order == Array((0..<order.count).reversed()) { return values }
    var strides = [0, 0, 0]
    var stride = 1
    for direction in order.reversed() {
      strides[direction] = stride
      stride *= ranges[direction].count
    }
    var turned: [Double] = []
    turned.reserveCapacity(values.count)
    for k in 0..<ranges[2].count {
      for j in 0..<ranges[1].count {
        let row = k * strides[2] + j * strides[1]
        for i in 0..<ranges[0].count { turned.append(values[row + i * strides[0]]) }
      }
    }
    return turned
  }
}
