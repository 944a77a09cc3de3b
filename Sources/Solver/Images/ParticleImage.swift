// SPDX-License-Identifier: Apache-2.0

public import Parallel
public import Physics

/// What is known of a virtual particle, so that what is learnt from its image can be judged.
public struct ImageTruth: Sendable {
  /// The law that its strain obeys.
  public var law: EigenstrainLaw?
  /// The affine map (M, t), shape (2, 3), about the middle of the image, by which a point of the strain
  /// map comes to its place in the composition map [1, 1, nm]; nil where both are registered.
  public var misregistration: [Double]?

  /// What is known.
  public init(law: EigenstrainLaw?, misregistration: [Double]? = nil) {
    (self.law, self.misregistration) = (law, misregistration)
  }
}

/// One particle's registered images on the lines of this rank.
public struct ParticleImage {
  /// Whether a particle teaches the law or tests it.
  public enum Role: String, Sendable, CaseIterable { case train, test }

  /// The particle's name in its stack.
  public let name: String
  /// The file it comes from, for messages.
  public let file: String
  /// The side of a pixel [nm].
  public let pixelSize: Double
  /// (a, c) of the centre of pixel [0, 0] [nm].
  public let origin: [Double]
  /// Whether the stack states the origin, so that another image can be held against it.
  public var statesOrigin = false
  /// The composition of zero strain as the stack states it; nil where it does not.
  public var referenceComposition: Double?
  /// The role its stack gives it.
  public var role: Role
  /// Which lines this rank owns and holds.
  public let layout: ImageLayout
  /// The ranks that share the image.
  public let communicator: Communicator
  /// Whether a held pixel belongs to the particle.
  public let mask: [Bool]
  /// Held values of the channels that the stack has; NaN is no data.
  public var channels: [Channel: [Double]]
  /// Held standard deviations; 0 or NaN is not known.
  public var sigmas: [Channel: [Double]]
  /// Held values of the relative thickness, positive in the mask; nil where it is the same everywhere.
  public var thickness: [Double]?
  /// How far the noise of a channel is correlated, where the stack says it: the standard deviation in
  /// pixels of the Gaussian that white noise would be convolved with; 0 is white.
  public var correlationLengths: [Channel: Double] = [:]
  /// Where it comes from: file and format; empty where that is not known.
  public var source = ""
  /// The frame that was declared at the import, in words; empty where nothing was turned or mirrored.
  public var frame = ""
  /// What is known of a virtual particle; nil of a measured one.
  public var truth: ImageTruth?
  /// The particle's pixels, counted over all ranks in the order of the lines.
  public let numbering: PixelNumbering

  /// Makes an image of what a rank holds.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` when the mask is empty, the pixel size is not
  ///   positive, or a channel's length differs from what the layout holds.
  public init(
    name: String, file: String, pixelSize: Double, origin: [Double], role: Role,
    layout: ImageLayout, mask: [Bool], channels: [Channel: [Double]],
    sigmas: [Channel: [Double]] = [:], communicator: Communicator
  ) throws(ParallelError) {
    precondition(mask.count == layout.cellCount, "the mask must cover the held lines")
    guard pixelSize > 0, pixelSize.isFinite else {
      throw ParallelError(
        .input,
        "\(file): particle \(name): pixel_size is \(pixelSize), expected a positive number in nm")
    }
    self.name = name
    self.file = file
    self.pixelSize = pixelSize
    self.origin = origin
    self.role = role
    self.layout = layout
    self.mask = mask
    self.channels = channels
    self.sigmas = sigmas
    self.communicator = communicator
    numbering = try PixelNumbering(layout: layout, mask: mask, communicator: communicator)
    guard numbering.globalCount > 0 else {
      throw ParallelError(
        .input, "\(file): particle \(name): the mask is empty, expected pixels with mask = 1")
    }
  }

  /// The held values of a channel.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the channel that the stack lacks.
  public func values(_ channel: Channel) throws(ParallelError) -> [Double] {
    guard let values = channels[channel] else {
      throw ParallelError(
        .input,
        "\(file): particle \(name): dataset \(channel.rawValue) is missing, found "
          + (channels.isEmpty
            ? "no channel" : channels.keys.map(\.rawValue).sorted().joined(separator: ", ")))
    }
    return values
  }

  /// The held values of a map; nil where the image has none.
  public subscript(map: ImageMap) -> [Double]? {
    switch map {
    case .channel(let channel): channels[channel]
    case .deviation(let channel): sigmas[channel]
    case .thickness: thickness
    case .mask: mask.map { $0 ? 1 : 0 }
    }
  }

  /// The maps that the image has, besides the mask.
  public var maps: [ImageMap] {
    ImageMap.all.filter { map in
      switch map {
      case .channel(let channel): channels[channel] != nil
      case .deviation(let channel): sigmas[channel] != nil
      case .thickness: thickness != nil
      case .mask: false
      }
    }
  }

  /// The pixels in which a channel has no data, and those in which any has none, over all ranks.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  public func missing() throws(ParallelError) -> (any: Int, by: [Channel: Int]) {
    let present = Channel.allCases.filter { channels[$0] != nil }
    let lists = present.map { channels[$0] ?? [] }
    var counts = [Int](repeating: 0, count: present.count + 1)
    for cell in numbering.ownCells {
      var lacks = false
      for (index, list) in lists.enumerated() where !list[cell].isFinite {
        counts[index + 1] += 1
        lacks = true
      }
      if lacks { counts[0] += 1 }
    }
    try communicator.reduce(&counts, .sum)
    return (counts[0], Dictionary(uniqueKeysWithValues: zip(present, counts.dropFirst())))
  }

  /// The root mean square of each channel over the pixels that have data, on all ranks; NaN where none
  /// has.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI or PETSc fails.
  package func rootMeanSquares() throws(ParallelError) -> [Channel: Double] {
    let present = Channel.allCases.filter { channels[$0] != nil }
    var sums = [Double](repeating: 0, count: 2 * present.count)
    for (index, channel) in present.enumerated() {
      let values = channels[channel] ?? []
      for cell in numbering.ownCells where values[cell].isFinite {
        sums[2 * index] += values[cell] * values[cell]
        sums[2 * index + 1] += 1
      }
    }
    try communicator.reduce(&sums, .sum)
    return Dictionary(
      uniqueKeysWithValues: present.enumerated().map {
        ($1, (sums[2 * $0] / sums[2 * $0 + 1]).squareRoot())
      })
  }

  /// Own pixels (as held cells) in which every one of `needed` is a finite number.
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming a channel that the image lacks.
  public func validCells(_ needed: [Channel]) throws(ParallelError) -> [Int] {
    var lists: [[Double]] = []
    for channel in needed { lists.append(try values(channel)) }
    return numbering.ownCells.filter { cell in lists.allSatisfy { $0[cell].isFinite } }
  }
}
