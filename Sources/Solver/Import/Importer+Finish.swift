// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
import Parallel

extension Importer {
  /// The particle that maps as read make: tensors turned, a mask made, blank outside, checked.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - maps: held values, units applied.
  ///   - layout: which lines the ranks hold.
  ///   - source: what the file says of the particle.
  /// - Throws: ``ParallelError`` of kind `input` for channels that are missing, empty or in other units.
  static func finished(
    _ maps: [ImageMap: [Double]], _ layout: ImageLayout, _ source: SourceLayout, name: String,
    path: String, _ options: ImportOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> ParticleImage {
    let size = try source.pixelSize.resolved(option: options.pixelSize, file: path, log: log)
    var maps = maps
    let mask = maps.removeValue(forKey: .mask)
    try checkChannels(Set(maps.keys), name, options, path, log)
    FrameRotation(options).apply(to: &maps)
    let inside: [Bool]
    if let mask {
      inside = mask.map { $0 >= 0.5 }
    } else {
      let measured = maps.filter { $0.key.channel != nil }.values
      inside = (0..<layout.cellCount).map { cell in measured.contains { $0[cell].isFinite } }
      log.note("\(path): no mask: a pixel counts as inside where any channel has data")
    }
    var channels: [Channel: [Double]] = [:]
    var deviations: [Channel: [Double]] = [:]
    for (map, values) in maps {
      let kept = zip(values, inside).map { value, isInside in
        source.keepsOutside && !isInside || isInside && value.isFinite ? value : .nan
      }
      switch map {
      case .channel(let channel): channels[channel] = kept
      case .deviation(let channel): deviations[channel] = kept
      default: maps[map] = kept
      }
    }
    var image = try ParticleImage(
      name: name, file: path, pixelSize: size, origin: options.origin ?? source.origin ?? [0, 0],
      role: options.role ?? source.role ?? .train, layout: layout, mask: inside,
      channels: channels, sigmas: deviations, communicator: communicator)
    image.statesOrigin = options.origin != nil || source.origin != nil
    image.source = "\(FileTree.leaf(path)) (\(source.format))"
    image.frame = options.frameText
    image.referenceComposition = try referenceComposition(options, source, path)
    image.correlationLengths = source.correlationLengths
    image.thickness = try image.checked(thickness: maps[.thickness])
    try checkValues(image, path, log)
    return image
  }

  /// The composition at which the strain is zero, as the file or the user says.
  private static func referenceComposition(
    _ options: ImportOptions, _ source: SourceLayout, _ path: String
  ) throws(ParallelError) -> Double? {
    if let said = options.referenceComposition, let found = source.referenceComposition,
      said != found
    {
      throw ParallelError(
        .input,
        "\(path): attribute reference puts zero strain at X = \(found), found X = \(said) in "
          + "--reference-composition")
    }
    return source.referenceComposition ?? options.referenceComposition
  }

  private static func checkChannels(
    _ found: Set<ImageMap>, _ name: String, _ options: ImportOptions, _ path: String,
    _ log: any RunLog
  ) throws(ParallelError) {
    guard found.contains(where: { $0.channel != nil }) else {
      throw ParallelError(
        .input, "\(path): found no channel for \(name), expected strain or composition")
    }
    let missing = Channel.strains.filter { !found.contains(.channel($0)) }
    let hasStrain = missing.count < Channel.strains.count
    let hasRotation = found.contains(.channel(.rotation))
    let needs = options.exactStrain && !hasRotation ? missing + [.rotation] : missing
    if hasStrain, options.frameAngle != 0 || options.exactStrain, !needs.isEmpty {
      throw ParallelError(
        .input,
        "\(path): found no \(needs.map(\.rawValue).joined(separator: ", ")) for \(name), expected all "
          + "components to \(options.exactStrain ? "make the strain exact" : "turn the frame")")
    }
    if hasStrain, !missing.isEmpty {
      log.warn("\(path): \(name) lacks \(missing.map(\.rawValue).joined(separator: ", "))")
    }
    if hasStrain, !hasRotation {
      log.note("\(path): \(name) has no rotation: the frame cannot be checked")
    }
  }

  /// Refuses channels without a number, and what can only be percent or degrees read as ratios or
  /// radians.
  ///
  /// Collective.
  private static func checkValues(
    _ image: ParticleImage, _ path: String, _ log: any RunLog
  ) throws(ParallelError) {
    for (channel, rms) in try image.rootMeanSquares().sorted(by: {
      $0.key.rawValue < $1.key.rawValue
    }) {
      let place = "\(path): channel \(channel.rawValue) of \(image.name)"
      guard !rms.isNaN else {
        throw ParallelError(
          .input,
          "\(place): found no number in any of the \(image.numbering.globalCount) pixels inside the "
            + "mask, expected data")
      }
      if channel.kind == .ratio, rms > 2 {
        throw ParallelError(
          .input,
          "\(place): found values of \(rms) in the rms, expected a fraction between 0 and 1")
      }
      if channel.kind != .ratio, rms > 0.2 {
        let guess =
          channel.kind == .angle ? "degrees instead of radians" : "percent instead of fractions"
        log.warn("\(place) has an rms value of \(rms): \(guess)?")
      }
    }
  }
}
