// SPDX-License-Identifier: Apache-2.0

import Formats
public import Parallel

/// Reads particles of a `chemomech-images` stack, each rank its own lines.
public struct StackReader: ~Copyable {
  private let file: InputFile
  private let declarations: StackDeclarations

  /// What the stack leaves unsaid, for the user's log.
  public var notes: [String] { declarations.notes }

  /// Opens a stack and checks what it says it is.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` when it cannot be read, of kind `input` for what is no stack or a
  ///   newer one.
  public init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let opened = try InputFile(path, communicator: communicator)
    try Formats.stack.checkName(of: opened, advice: "make a stack with 'vegard import'")
    try Formats.stack.checkVersion(of: opened)
    declarations = try StackDeclarations(opened)
    file = opened
  }

  /// The particles' names.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a stack without particles.
  public func particles() throws(ParallelError) -> [String] {
    let names = try Self.particles(of: file)
    guard !names.isEmpty else {
      throw ParallelError(.input, "\(file.path): found no particle, expected at least one group")
    }
    return names
  }

  /// The groups that hold an image; others are nobody's particle.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the attribute that is wrong.
  package static func particles(of file: borrowing InputFile) throws(ParallelError) -> [String] {
    var names: [String] = []
    for name in try file.members() where try file.kind(of: "/" + name) == .group {
      let members = Set(try file.members(of: "/" + name))
      guard
        members.contains(where: { $0 == ImageMap.mask.name || Channel(rawValue: $0) != nil })
      else {
        continue
      }
      try StackNames.check(particle: name, in: file.path)
      names.append(name)
    }
    return names
  }

  /// The side of a particle's pixels in nm; nil where the file does not say.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for anything but one positive number.
  package static func pixelSize(
    of particle: String, in file: borrowing InputFile
  ) throws(ParallelError) -> Double? {
    guard let found = try file.attribute(ImageFormat.pixelSize, of: "/" + particle) else {
      return nil
    }
    func refused(_ words: String) -> ParallelError {
      ParallelError(
        .input, "\(file.path): particle \(particle): attribute pixel_size is \(words)")
    }
    guard let list = found.list, let size = list.first else {
      throw refused("\(found.kind), expected a number in nm")
    }
    guard !size.isNaN else { throw refused("nan, expected a positive number of nm") }
    guard list.allSatisfy({ $0 == size }) else {
      let sizes = list.map { "\($0)" }.joined(separator: " by ")
      throw refused("\(sizes) nm, expected one number: pixels must be square")
    }
    guard size > 0, size.isFinite else {
      throw refused("\(size), expected a positive number in nm")
    }
    return size
  }

  /// The centre (a, c) of a particle's pixel [0, 0] in nm; nil where the file does not say.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the attribute that is wrong.
  package static func origin(
    of particle: String, in file: borrowing InputFile
  ) throws(ParallelError) -> [Double]? {
    guard let found = try file.attribute(ImageFormat.origin, of: "/" + particle) else { return nil }
    guard let list = found.list, list.count == 2, list.allSatisfy(\.isFinite) else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(particle): attribute origin is "
          + "\(found.list.map { "\($0)" } ?? found.kind), expected two numbers in nm along a and c")
    }
    return list
  }

  /// What a particle is for; nil where the file does not say.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the attribute that is wrong.
  package static func role(
    of particle: String, in file: borrowing InputFile
  ) throws(ParallelError) -> ParticleImage.Role? {
    guard let found = try file.attribute(ImageFormat.role, of: "/" + particle) else { return nil }
    guard let role = found.text.flatMap(ParticleImage.Role.init) else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(particle): role is "
          + "\(found.text.map { "'\($0)'" } ?? found.kind), expected train or test")
    }
    return role
  }

  /// How far a channel's noise is correlated, in pixels; nil where the file does not say.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the attribute that is wrong.
  package static func correlationLength(
    of channel: Channel, _ particle: String, in file: borrowing InputFile
  ) throws(ParallelError) -> Double? {
    try file.attribute(
      ImageFormat.correlationLength, of: "/\(particle)/\(channel.rawValue)")?.number
  }

  /// What the stored numbers of a channel or its deviation are multiplied by: its unit, and what
  /// the stack says of shear and rotation.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the attribute that is wrong.
  package static func factor(
    of map: ImageMap, _ particle: String, _ declarations: StackDeclarations,
    in file: borrowing InputFile
  ) throws(ParallelError) -> Double {
    let unit = try ChannelUnits.declared(by: "/\(particle)/\(map.name)", for: map, in: file)
    let declared = declarations.factor(of: map)
    // A unit at the dataset wins over the one in the root's words; the sign stays theirs.
    guard map.kind == .angle, let unit else { return declared * (unit ?? 1) }
    return declared < 0 ? -unit : unit
  }

  /// Reads one particle.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - name: the particle.
  ///   - other: another image of the same particle, whose shape, pixels and origin it must have and
  ///     whose lines the ranks share it by.
  /// - Throws: ``ParallelError`` naming the dataset or attribute that is missing or wrong.
  public func particle(
    _ name: String, linesOf other: ParticleImage? = nil
  ) throws(ParallelError) -> ParticleImage {
    let path = file.path
    let communicator = file.communicator
    guard try file.contains("\(name)/mask") else {
      throw ParallelError(
        .input, "\(path): particle \(name): dataset mask is missing, expected 1 inside")
    }
    let shape = try file.shape(of: "\(name)/mask")
    guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw ParallelError(
        .input, "\(path): particle \(name): mask has shape \(shape), expected (ny, nx)")
    }
    if let other, shape != [other.layout.rows, other.layout.columns] {
      throw ParallelError(
        .input,
        "\(path): particle \(name): found shape \(shape), expected "
          + "\([other.layout.rows, other.layout.columns]) as \(other.name) in \(other.file)")
    }
    guard let pixelSize = try Self.pixelSize(of: name, in: file) else {
      throw ParallelError(
        .input,
        "\(path): particle \(name): attribute pixel_size is missing, expected a length in nm")
    }
    let origin = try Self.origin(of: name, in: file)
    if let other { try check(name, pixelSize, origin, against: other) }
    let layout: ImageLayout
    if let other {
      layout = other.layout
    } else {
      layout = try balancedLayout(name, rows: shape[0], columns: shape[1])
    }
    let mask = try held("\(name)/mask", layout).map { $0 > 0.5 }
    var channels: [Channel: [Double]] = [:]
    var sigmas: [Channel: [Double]] = [:]
    for channel in Channel.allCases {
      channels[channel] = try optional(name, .channel(channel), shape, layout, mask)
      sigmas[channel] = try optional(name, .deviation(channel), shape, layout, mask)
    }
    var image = try ParticleImage(
      name: name, file: path, pixelSize: pixelSize, origin: origin ?? [0, 0],
      role: try Self.role(of: name, in: file) ?? .train, layout: layout, mask: mask,
      channels: channels, sigmas: sigmas, communicator: communicator)
    image.statesOrigin = origin != nil
    image.referenceComposition = declarations.referenceComposition
    for channel in Channel.allCases where channels[channel] != nil {
      image.correlationLengths[channel] = try Self.correlationLength(of: channel, name, in: file)
    }
    image.thickness = try image.checked(
      thickness: try optional(name, .thickness, shape, layout, mask))
    image.source = try file.attribute(ImageFormat.source, of: "/" + name)?.text ?? ""
    image.frame = try file.attribute(ImageFormat.frame, of: "/" + name)?.text ?? ""
    try checkValues(of: image)
    return image
  }

  /// Refuses an image of the same particle that lies elsewhere or has other pixels.
  private func check(
    _ name: String, _ pixelSize: Double, _ origin: [Double]?, against other: ParticleImage
  ) throws(ParallelError) {
    // Over a thousand pixels this is a tenth of one.
    guard abs(pixelSize - other.pixelSize) <= 1e-4 * other.pixelSize else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(name): attribute pixel_size is \(pixelSize), expected "
          + "\(other.pixelSize) as of \(other.name) in \(other.file)")
    }
    guard let origin, other.statesOrigin else { return }
    guard zip(origin, other.origin).allSatisfy({ abs($0 - $1) <= 0.1 * pixelSize }) else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(name): attribute origin is \(origin), expected "
          + "\(other.origin) as of \(other.name) in \(other.file)")
    }
  }

  /// Refuses what can only be percent read as a fraction.
  ///
  /// Collective.
  private func checkValues(of image: ParticleImage) throws(ParallelError) {
    guard let rms = try image.rootMeanSquares()[.composition] else { return }
    guard !(rms > 2) else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(image.name): composition is \(rms) in the rms, expected a "
          + "fraction between 0 and 1; an attribute units of \"percent\" is obeyed")
    }
  }

  /// Counts the mask line by line, in equal shares, and shares the lines by these counts.
  private func balancedLayout(
    _ name: String, rows: Int, columns: Int
  ) throws(ParallelError) -> ImageLayout {
    let communicator = file.communicator
    let equal = ImageLayout.even(rows: rows, columns: columns, on: communicator)
    let values = try file.declaredNumbers("\(name)/mask", window: equal.window(equal.own))
    let ordered = equal.lineMajor(values, lines: equal.own)
    var perLine = [Int](repeating: 0, count: equal.lineCount)
    for cell in ordered.indices where ordered[cell] > 0.5 {
      perLine[equal.own.lowerBound + cell / equal.length] += 1
    }
    try communicator.reduce(&perLine, .sum)
    return ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
  }

  private func optional(
    _ particle: String, _ map: ImageMap, _ shape: [Int], _ layout: ImageLayout, _ mask: [Bool]
  ) throws(ParallelError) -> [Double]? {
    let dataset = map.name
    let full = "\(particle)/\(dataset)"
    guard try file.contains(full) else { return nil }
    let found = try file.shape(of: full)
    guard found == shape else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(particle): dataset \(dataset) has shape \(found), expected "
          + "\(shape) as mask")
    }
    let factor = try Self.factor(of: map, particle, declarations, in: file)
    let values = try held(full, layout)
    // Outside the mask a foreign file may hold anything.
    return zip(values, mask).map { $1 && $0.isFinite ? factor * $0 : .nan }
  }

  private func held(_ dataset: String, _ layout: ImageLayout) throws(ParallelError) -> [Double] {
    layout.lineMajor(
      try file.declaredNumbers(dataset, window: layout.window(layout.held)), lines: layout.held)
  }
}
