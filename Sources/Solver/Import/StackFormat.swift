// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

/// Our own stack: particles pass through, all or those that are named.
enum StackFormat: ImportFormat {
  static let name = Formats.stack.name

  static func recognises(
    _ file: borrowing InputFile, _ tree: FileTree
  ) throws(ParallelError) -> Bool {
    try file.attribute("format")?.text == Formats.stack.name
  }

  static func layouts(
    of file: borrowing InputFile, _ tree: FileTree, _ options: ImportOptions
  ) throws(ParallelError) -> [SourceLayout] {
    try Formats.stack.checkVersion(of: file)
    let declarations = try StackDeclarations(file)
    var layouts: [SourceLayout] = []
    for particle in try StackReader.particles(of: file) {
      var layout = SourceLayout(format: name, name: particle)
      layout.keepsOutside = true
      layout.referenceComposition = declarations.referenceComposition
      if layouts.isEmpty { layout.notes = declarations.notes }
      let datasets = Set(tree.datasets(in: "/" + particle))
      for map in ImageMap.all where datasets.contains("/\(particle)/\(map.name)") {
        let factor = try StackReader.factor(of: map, particle, declarations, in: file)
        layout.slices[map] = SourceSlice("/\(particle)/\(map.name)", factor: factor)
        guard let channel = map.channel else { continue }
        layout.correlationLengths[channel] = try StackReader.correlationLength(
          of: channel, particle, in: file)
      }
      if let size = try StackReader.pixelSize(of: particle, in: file) {
        layout.pixelSize = .nanometres(size)
      } else {
        layout.pixelSize = .absent("no attribute pixel_size of \(particle)")
      }
      layout.origin = try StackReader.origin(of: particle, in: file)
      layout.role = try StackReader.role(of: particle, in: file)
      layouts.append(layout)
    }
    if layouts.isEmpty {
      throw ParallelError(
        .input, "\(file.path): found a stack without particles, expected at least one")
    }
    return layouts
  }

  /// Refuses a stack to append to whose images would change their meaning under the root
  /// attributes that are written.
  static func checkExtends(_ file: borrowing InputFile) throws(ParallelError) {
    try Formats.stack.checkVersion(of: file)
    let declarations = try StackDeclarations(file)
    guard declarations.isPlain else {
      throw ParallelError(
        .input,
        "\(file.path): its shear or rotation is declared otherwise than Vegard writes it: "
          + "make a stack of its own from it with vegard import, and append to that")
    }
  }
}
