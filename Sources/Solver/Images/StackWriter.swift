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
  public init(
    _ path: String, reference: Double = 1, communicator: Communicator
  ) throws(ParallelError) {
    let file = try OutputFile(path, communicator: communicator)
    try file.setAttribute("format", StackNames.format)
    try file.setAttribute("version", [Double(StackNames.version)], as: .integer)
    for (name, text) in StackNames.rootTexts.sorted(by: { $0.key < $1.key }) {
      try file.setAttribute(name, name == "reference" ? StackNames.reference(reference) : text)
    }
    try file.setAttribute("NX_class", "NXroot")
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
    let group = "/" + particle.name
    try file.makeGroup(group)
    try file.setAttribute("pixel_size", [particle.pixelSize], of: group)
    try file.setAttribute("origin", particle.origin, of: group)
    try file.setAttribute("role", particle.role.rawValue, of: group)
    for (name, text) in [("source", particle.source), ("frame", particle.frame)]
    where !text.isEmpty {
      try file.setAttribute(name, text, of: group)
    }
    let layout = particle.layout
    let shape = [layout.rows, layout.columns]
    let maps = particle.maps + [.mask]
    for map in maps {
      let path = group + "/" + map.name
      try file.write(
        path, layout.fileOrder(particle[map] ?? []), shape: shape,
        window: layout.own.isEmpty ? nil : layout.window(layout.own),
        as: map == .mask ? .byte : .double)
      try file.setAttribute("units", map.unit, of: path)
      if let length = map.channel.flatMap({ particle.correlationLengths[$0] }) {
        try file.setAttribute("correlation_length", [length], of: path)
      }
    }
    try writeFrame(
      of: group, shape: shape, pixelSize: particle.pixelSize, origin: particle.origin,
      signal: StackNames.signal(among: maps.map(\.name)))
    try file.setScales(["\(group)/c", "\(group)/a"], of: maps.map { "\(group)/\($0.name)" })
  }

  /// Writes coordinates and the attributes by which silx and h5web know an image.
  private func writeFrame(
    of group: String, shape: [Int], pixelSize: Double, origin: [Double], signal: String
  ) throws(ParallelError) {
    let along = [("c", shape[0], origin[1]), ("a", shape[1], origin[0])]
    for (name, count, first) in along {
      try file.write(
        group + "/" + name, (0..<count).map { first + Double($0) * pixelSize }, shape: [count])
      try file.setAttribute("units", "nm", of: group + "/" + name)
    }
    try file.setAttribute("NX_class", "NXdata", of: group)
    try file.setAttribute("signal", signal, of: group)
    try file.setAttribute("axes", texts: ["c", "a"], of: group)
  }

  /// Takes up a name; the first becomes the one that viewers show.
  private mutating func start(_ name: String) throws(ParallelError) {
    try StackNames.check(particle: name, in: file.path)
    guard !names.contains(name) else {
      throw ParallelError(
        .input, "particle \(name): found twice, expected one of each name (--particle)")
    }
    if names.isEmpty { try file.setAttribute("default", name) }
    names.append(name)
  }

  /// Copies all particles of an existing stack except those named.
  ///
  /// Collective.
  ///
  /// Every dataset of numbers is copied row block by row block with its number type, and every
  /// attribute of text or numbers; what an older or foreign file lacks of the NeXus attributes is
  /// added. Returns the copied names.
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
    let storage: OutputFile.Storage =
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
    let unit = ["a", "c"].contains(name) ? "nm" : ImageMap(name)?.unit
    if let unit, try stack.attribute("units", of: path) == nil {
      try file.setAttribute("units", unit, of: path)
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
    guard members.contains("mask") else { return }
    let shape = try stack.shape(of: group + "/mask")
    guard shape.count == 2 else { return }
    if try stack.attribute("NX_class", of: group) == nil, !members.contains("a"),
      !members.contains("c"), let size = try stack.attribute("pixel_size", of: group)?.number,
      let origin = try stack.attribute("origin", of: group)?.list, origin.count == 2
    {
      try writeFrame(
        of: group, shape: shape, pixelSize: size, origin: origin,
        signal: StackNames.signal(among: members))
    }
    let axes = ["c", "a"].map { "\(group)/\($0)" }
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
  public consuming func commit() throws(ParallelError) {
    try file.commit()
  }
}
