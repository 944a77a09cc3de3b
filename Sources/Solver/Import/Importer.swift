// SPDX-License-Identifier: Apache-2.0

import Formats
import Foundation
public import Images
public import Parallel

/// Reads the files of other programs, and our own stacks, as particles.
public enum Importer {
  /// The particles in some files, in order; each rank holds its lines.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - paths: HDF5 files and folders of CSV.
  ///   - options: what the user says about them.
  ///   - communicator: the ranks that read.
  ///   - log: where notes and warnings go.
  /// - Returns: at least one particle, each under a name of its own.
  /// - Throws: ``ParallelError`` of kind `input` or `file` that names file, dataset, what was found
  ///   and what was expected.
  public static func read(
    _ paths: [String], _ options: ImportOptions, communicator: Communicator, log: any RunLog
  ) throws(ParallelError) -> [ParticleImage] {
    var particles: [ParticleImage] = []
    var names = ParticleNames(options.particles)
    for path in paths {
      if try isDirectory(path, communicator) {
        particles.append(try readFolder(path, options, &names, communicator, log))
      } else {
        particles += try readFile(path, options, &names, communicator, log)
      }
    }
    try names.finish()
    return particles
  }

  /// Throws unless a file is a stack that this program can extend.
  ///
  /// Collective.
  ///
  /// - Parameter reference: the composition at which the strain of what is appended is zero.
  public static func checkStack(
    _ file: borrowing InputFile, reference: Double
  ) throws(ParallelError) {
    let format = try file.attribute("format")?.text
    guard format == Formats.stack.name else {
      throw ParallelError(
        .input,
        "\(file.path): found \(format.map { "a \($0) file" } ?? "no attribute format"), expected "
          + "a stack to append to")
    }
    try StackFormat.checkExtends(file)
    let found = try StackDeclarations(file).referenceComposition ?? 1
    guard found == reference else {
      throw ParallelError(
        .input,
        "\(file.path): attribute reference puts zero strain at X = \(found), what is appended at "
          + "X = \(reference): make a stack of its own from that")
    }
  }

  /// The composition at which the strain of all particles is zero.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming two that differ.
  public static func reference(of particles: [ParticleImage]) throws(ParallelError) -> Double {
    guard let first = particles.first else { return 1 }
    let reference = first.referenceComposition ?? 1
    for other in particles where (other.referenceComposition ?? 1) != reference {
      throw ParallelError(
        .input,
        "\(first.name) (\(first.source)) puts zero strain at X = \(reference), \(other.name) "
          + "(\(other.source)) at X = \(other.referenceComposition ?? 1): expected one composition "
          + "in a stack")
    }
    return reference
  }

  private static func isDirectory(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) -> Bool {
    try communicator.first { () throws(ParallelError) in
      let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      let attributes = try? FileManager.default.attributesOfItem(atPath: place)
      if attributes?[.type] as? FileAttributeType == .typeDirectory { return "directory" }
      if attributes != nil, path.lowercased().hasSuffix(".csv") {
        throw ParallelError(
          .input, "\(path): found a single CSV file, expected the folder that holds e_xx.csv, …")
      }
      return ""
    } == "directory"
  }

  private static func readFolder(
    _ path: String, _ options: ImportOptions, _ names: inout ParticleNames,
    _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> ParticleImage {
    if !options.map.isEmpty {
      throw ParallelError(.input, "\(path): found a folder, expected HDF5 for --map")
    }
    let folder = try CSVFolder(path, options, communicator: communicator, log: log)
    var source = SourceLayout(format: CSVFolder.name)
    source.pixelSize = .absent("no pixel size (CSV has none)")
    let layout = ImageLayout.even(
      rows: folder.shape[0], columns: folder.shape[1], on: communicator)
    return try finished(
      try folder.read(layout, communicator: communicator), layout, source,
      name: try names.next(default: stem(path), in: path), path: path, options, communicator, log)
  }

  private static func readFile(
    _ path: String, _ options: ImportOptions, _ names: inout ParticleNames,
    _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [ParticleImage] {
    let file = try InputFile(path, communicator: communicator)
    let tree = try FileTree(file)
    let format = try format(of: file, tree, options)
    var layouts = try format.layouts(of: file, tree, options)
    let isStack = format == StackFormat.self
    if isStack {
      if options.exactStrain {
        throw ParallelError(
          .input, "\(path): found a stack, expected py4DSTEM's strain for --exact-strain")
      }
      layouts = try names.chosen(of: layouts, in: path)
    }
    var particles: [ParticleImage] = []
    for layout in layouts {
      for note in layout.notes { log.note("\(path): \(note)") }
      let own = layouts.count == 1 && !isStack ? stem(path) : "\(stem(path))_\(layout.name ?? "")"
      let name =
        isStack ? layout.name ?? own : try names.next(default: own, in: path)
      particles.append(try particle(layout, name, options, file, log))
    }
    return particles
  }

  /// The first format that recognises the file; `--map` overrides all.
  private static func format(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> any ImportFormat.Type {
    if !options.map.isEmpty { return MappedFormat.self }
    let formats: [any ImportFormat.Type] = [
      StackFormat.self, EMD1Format.self, LegacyEMDFormat.self, NCEMFormat.self,
      MatlabFormat.self,
    ]
    for format in formats {
      if try format.recognises(file, tree) { return format }
    }
    var found = "HDF5 of unknown layout with \(try tree.summary(of: file))"
    if let ours = try file.attribute("format")?.text { found = "a \(ours) file" }
    for path in tree.datasets where FileTree.leaf(path) == "definition" {
      guard try file.elementType(of: path) == .text else { continue }
      if let text = try file.texts(path).first {
        found =
          "\(text) (vegard inspect shows it; this version makes no composition of energy stacks)"
      }
    }
    throw ParallelError(
      .input,
      "\(file.path): found \(found), expected a strain map of py4DSTEM, MATLAB v7.3 or a stack; "
        + "name the datasets with --map e_aa=PATH --map e_cc=PATH --map e_ac=PATH")
  }

  private static func particle(
    _ layout: SourceLayout, _ name: String, _ options: ImportOptions,
    _ file: borrowing InputFile, _ log: any RunLog
  ) throws(ParallelError) -> ParticleImage {
    let path = file.path
    var shape: [Int] = []
    for (map, slice) in layout.ordered {
      let stored = try file.shape(of: slice.dataset)
      guard stored.count == slice.axes.count else {
        throw ParallelError(
          .input,
          "\(path): dataset \(slice.dataset): found shape \(stored), expected "
            + "\(slice.axes.count) dimensions for \(map.name)")
      }
      let found = slice.imageShape(stored)
      if shape.isEmpty { shape = found }
      guard found == shape else {
        throw ParallelError(
          .input,
          "\(path): dataset \(slice.dataset): found an image of \(found) pixels for \(map.name), "
            + "expected \(shape) as for the other channels")
      }
    }
    guard shape.count == 2, shape[0] > 0, shape[1] > 0 else {
      throw ParallelError(.input, "\(path): found no image in \(layout.name ?? path)")
    }
    let lines = ImageLayout.even(rows: shape[0], columns: shape[1], on: file.communicator)
    var maps: [ImageMap: [Double]] = [:]
    for (map, slice) in layout.ordered { maps[map] = try slice.read(lines, from: file) }
    return try finished(
      maps, lines, layout, name: name, path: path, options, file.communicator, log)
  }

  /// A file's name without folder and ending.
  private static func stem(_ path: String) -> String {
    let leaf = FileTree.leaf(path)
    guard let dot = leaf.lastIndex(of: "."), dot > leaf.startIndex else { return leaf }
    return String(leaf[..<dot])
  }
}
