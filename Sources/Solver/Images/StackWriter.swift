// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

/// Writes a `chemomech-images` stack, each rank its lines.
///
/// Every routine is collective. The file grows beside its place and appears at ``commit()``.
public struct StackWriter: ~Copyable {
  /// The file, for root attributes of the caller's own, such as provenance.
  public let file: OutputFile
  private let communicator: Communicator
  private var names: [String] = []

  /// Starts the stack with the root attributes.
  ///
  /// Collective.
  ///
  /// - Parameter reference: the composition at which the strain of all particles is zero.
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public init(
    _ path: String, reference: Double = 1, communicator: Communicator
  ) throws(ParallelError) {
    let file = try OutputFile(path, communicator: communicator)
    try file.start(as: Formats.stack)
    try file.set(ImageFormat.reference, StackNames.reference(reference))
    self.file = file
    self.communicator = communicator
  }

  /// Writes one particle.
  ///
  /// Collective.
  ///
  /// - Parameter particle: the image; any image can be written.
  /// - Throws: ``ParallelError`` of kind `input` for a name that is already there.
  public mutating func write(_ particle: ParticleImage) throws(ParallelError) {
    try start(particle.name)
    let group = try file.make(ImageFormat.particle, named: particle.name)
    try file.set(ImageFormat.pixelSize, particle.pixelSize, of: group)
    try file.set(ImageFormat.origin, particle.origin, of: group)
    try file.set(ImageFormat.role, particle.role.rawValue, of: group)
    for (attribute, text) in [
      (ImageFormat.source, particle.source), (ImageFormat.frame, particle.frame),
    ] where !text.isEmpty {
      try file.set(attribute, text, of: group)
    }
    if let law = particle.truth?.law {
      try file.set(ImageFormat.trueLawA, law.a, of: group)
      try file.set(ImageFormat.trueLawC, law.c, of: group)
    }
    if let map = particle.truth?.misregistration {
      try file.set(ImageFormat.trueMisregistration, map, of: group)
    }
    let layout = particle.layout
    let maps = particle.maps + [.mask]
    var images: [String] = []
    for map in maps {
      let path = try file.write(map.dataset, particle[map] ?? [], on: layout, in: group)
      images.append(path)
      if let length = map.channel.flatMap({ particle.correlationLengths[$0] }) {
        try file.set(ImageFormat.correlationLength, length, of: path)
      }
    }
    let axes = try writeFrame(
      of: group, shape: [layout.rows, layout.columns], pixelSize: particle.pixelSize,
      origin: particle.origin, signal: StackNames.signal(among: maps.map(\.name)))
    try file.setScales(axes, of: images)
  }

  /// Writes coordinates, whose paths it returns, and the attributes by which silx and h5web know an
  /// image.
  @discardableResult
  private func writeFrame(
    of group: String, shape: [Int], pixelSize: Double, origin: [Double], signal: String
  ) throws(ParallelError) -> [String] {
    try file.setDeclared(ImageFormat.particle, of: group)
    try file.set(ImageFormat.signal, signal, of: group)
    return try file.writeCoordinates(of: shape, pixelSize: pixelSize, origin: origin, in: group)
  }

  /// Takes up a name; the first becomes the one that viewers show.
  private mutating func start(_ name: String) throws(ParallelError) {
    try StackNames.check(particle: name, in: file.path)
    guard !names.contains(name) else {
      throw ParallelError(
        .input, "particle \(name): found twice, expected one of each name (--particle)")
    }
    if names.isEmpty { try file.set(ImageFormat.first, name) }
    names.append(name)
  }

  /// Copies all particles of an existing stack except those named.
  ///
  /// Collective.
  ///
  /// Every dataset of numbers is copied row block by row block with its number type, and every
  /// attribute of text or numbers; what an older or foreign file lacks of the NeXus attributes is
  /// added. Returns the copied names.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot read or write, of kind `input` for datasets that are
  ///   no numbers.
  @discardableResult
  public mutating func copyParticles(
    of stack: borrowing InputFile, except replaced: Set<String> = []
  ) throws(ParallelError) -> [String] {
    var copied: [String] = []
    for name in try stack.members() where !replaced.contains(name) {
      let group = "/" + name
      guard try stack.kind(of: group) == .group else { continue }
      try start(name)
      try file.makeGroup(group)
      for dataset in try stack.members(of: group) {
        try copy(group + "/" + dataset, of: stack)
      }
      try copyAttributes(of: group, from: stack)
      try complete(group, of: stack)
      copied.append(name)
    }
    return copied
  }

  private func copy(
    _ path: String, of stack: borrowing InputFile
  ) throws(ParallelError) {
    guard try stack.kind(of: path) == .dataset else { return }
    let type = try stack.elementType(of: path)
    guard type.isNumber else {
      throw ParallelError(
        .input, "\(stack.path): dataset \(path): found \(type.rawValue), expected numbers")
    }
    let shape = try stack.shape(of: path)
    let storage: ElementType =
      switch type {
      case .float: .float
      case .byte, .enumeration: .byte
      case .integer: .integer
      default: .double
      }
    let rows = RowBlock.rows(of: shape.first ?? 1, on: communicator)
    let window = Window([rows] + shape.dropFirst().map { 0..<$0 })
    let values = try stack.numbers(path, window: shape.isEmpty ? nil : window)
    if shape.isEmpty {
      try file.write(path, values, shape: [1], as: storage)
    } else {
      try file.write(
        path, values, shape: shape, window: rows.isEmpty ? nil : window, as: storage)
    }
    try copyAttributes(of: path, from: stack)
    let name = FileTree.leaf(path)
    let axis = Formats.coordinates.first { $0.name == name }
    let dataset = axis ?? ImageMap(name)?.dataset
    for (attribute, text) in [("units", dataset?.unit), ("long_name", dataset?.longName)] {
      if let text, try stack.attribute(attribute, of: path) == nil {
        try file.setAttribute(attribute, text, of: path)
      }
    }
  }

  private func copyAttributes(
    of object: String, from stack: borrowing InputFile
  ) throws(ParallelError) {
    for name in try stack.attributeNames(of: object)
    where !OutputFile.scaleAttributes.contains(name) {
      switch try stack.attribute(name, of: object) {
      case .texts(let texts) where texts.count == 1 && name != "axes":
        try file.setAttribute(name, texts[0], of: object)
      case .texts(let texts) where !texts.isEmpty:
        try file.setAttribute(name, texts: texts, of: object)
      case .numbers(let numbers) where !numbers.isEmpty:
        try file.setAttribute(name, numbers, of: object)
      default: break
      }
    }
  }

  /// Adds coordinates and NeXus attributes to a copied group that came without, and makes the
  /// coordinates its axes.
  private func complete(
    _ group: String, of stack: borrowing InputFile
  ) throws(ParallelError) {
    let members = try stack.members(of: group)
    guard members.contains(ImageMap.mask.name) else { return }
    let shape = try stack.shape(of: "\(group)/\(ImageMap.mask.name)")
    guard shape.count == 2 else { return }
    if try stack.attribute(ImageFormat.nexusClass, of: group) == nil,
      !Formats.coordinates.contains(where: { members.contains($0.name) }),
      let size = try stack.attribute(ImageFormat.pixelSize, of: group)?.number,
      let origin = try stack.attribute(ImageFormat.origin, of: group)?.list, origin.count == 2
    {
      try writeFrame(
        of: group, shape: shape, pixelSize: size, origin: origin,
        signal: StackNames.signal(among: members))
    }
    let axes = Formats.coordinates.map { $0.path(in: group) }
    for (axis, count) in zip(axes, shape) {
      guard try file.contains(axis) else { return }
      // Those that were just written are not in the old stack.
      if members.contains(FileTree.leaf(axis)), try stack.shape(of: axis) != [count] { return }
    }
    var images: [String] = []
    for member in members where try stack.kind(of: "\(group)/\(member)") == .dataset {
      if try stack.shape(of: "\(group)/\(member)") == shape { images.append("\(group)/\(member)") }
    }
    try file.setScales(axes, of: images)
  }

  /// Closes the stack and gives it its name.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when HDF5 cannot write, on every rank.
  public consuming func commit() throws(ParallelError) {
    try file.commit()
  }
}
