public import Parallel

/// Reads particles of a `chemomech-images` stack, each rank its own lines.
public struct StackReader: ~Copyable {
  /// The newest version that this program reads.
  public static let newestVersion = StackNames.version
  /// The name in the root attribute `format`.
  public static let format = "chemomech-images"

  private let file: InputFile

  /// Opens a stack and checks what it says it is.
  ///
  /// Collective.
  public init(_ path: String, communicator: Communicator) throws(ParallelError) {
    let opened = try InputFile(path, communicator: communicator)
    let format = try opened.attribute("format")?.text
    guard format == Self.format else {
      throw ParallelError(
        .input,
        "\(path): attribute format is \(format.map { "'\($0)'" } ?? "missing"), expected "
          + "'\(Self.format)': make a stack with 'vegard import'")
    }
    let version = try opened.attribute("version")?.number ?? 0
    guard version >= 1, version <= Double(Self.newestVersion) else {
      throw ParallelError(
        .input,
        "\(path): attribute version is \(version), expected 1 to \(Self.newestVersion): "
          + "the file is newer than this program")
    }
    file = opened
  }

  /// The particles' names.
  ///
  /// Collective.
  public func particles() throws(ParallelError) -> [String] {
    var names: [String] = []
    for name in try file.members() where try file.kind(of: name) == .group { names.append(name) }
    guard !names.isEmpty else {
      throw ParallelError(.input, "\(file.path): found no particle, expected at least one group")
    }
    return names
  }

  /// Reads one particle.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - name: the particle.
  ///   - other: another image of the same particle, whose shape it must have and whose lines the
  ///     ranks share it by.
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
      channels[channel] = try optional(name, channel.rawValue, shape, layout, mask)
      sigmas[channel] = try optional(name, channel.sigmaName, shape, layout, mask)
    }
    guard let pixelSize = try file.attribute("pixel_size", of: name)?.number else {
      throw ParallelError(
        .input,
        "\(path): particle \(name): attribute pixel_size is missing, expected a length in nm")
    }
    let roleName = try file.attribute("role", of: name)?.text ?? "train"
    guard let role = ParticleImage.Role(rawValue: roleName) else {
      throw ParallelError(
        .input, "\(path): particle \(name): role is '\(roleName)', expected train or test")
    }
    let origin = try file.attribute("origin", of: name)?.list ?? [0, 0]
    var image = try ParticleImage(
      name: name, file: path, pixelSize: pixelSize,
      origin: origin.count == 2 ? origin : [0, 0], role: role, layout: layout, mask: mask,
      channels: channels, sigmas: sigmas, communicator: communicator)
    image.thickness = try image.checked(
      thickness: try optional(name, "thickness", shape, layout, mask))
    return image
  }

  /// Counts the mask line by line, in equal shares, and shares the lines by these counts.
  private func balancedLayout(
    _ name: String, rows: Int, columns: Int
  ) throws(ParallelError) -> ImageLayout {
    let communicator = file.communicator
    let lines = max(rows, columns)
    let equal = ImageLayout(
      rows: rows, columns: columns,
      own: lines * communicator.rank / communicator.size..<lines * (communicator.rank + 1)
        / communicator.size)
    let values = try file.numbers("\(name)/mask", window: equal.window(equal.own))
    let ordered = equal.lineMajor(values, lines: equal.own)
    var perLine = [Int](repeating: 0, count: lines)
    for cell in ordered.indices where ordered[cell] > 0.5 {
      perLine[equal.own.lowerBound + cell / equal.length] += 1
    }
    try communicator.reduce(&perLine, .sum)
    return ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
  }

  private func optional(
    _ particle: String, _ dataset: String, _ shape: [Int], _ layout: ImageLayout, _ mask: [Bool]
  ) throws(ParallelError) -> [Double]? {
    let full = "\(particle)/\(dataset)"
    guard try file.contains(full) else { return nil }
    let found = try file.shape(of: full)
    guard found == shape else {
      throw ParallelError(
        .input,
        "\(file.path): particle \(particle): dataset \(dataset) has shape \(found), expected "
          + "\(shape) as mask")
    }
    let values = try held(full, layout)
    // Outside the mask a foreign file may hold anything.
    return zip(values, mask).map { $1 && $0.isFinite ? $0 : .nan }
  }

  private func held(_ dataset: String, _ layout: ImageLayout) throws(ParallelError) -> [Double] {
    layout.lineMajor(
      try file.numbers(dataset, window: layout.window(layout.held)), lines: layout.held)
  }
}
