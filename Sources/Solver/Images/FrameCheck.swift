// SPDX-License-Identifier: Apache-2.0

import Numerics
public import Parallel

/// Whether the strain axes of an image are those of its pixels, told by integrability.
///
/// A true displacement gradient integrates to a displacement; one whose strain is given in a frame
/// turned against the pixels, or whose rotation has the other sign, does not. The residual of the
/// inverse gradient, as a function of the assumed angle and sign, has its minimum at the truth.
public struct FrameCheck: Sendable {
  /// The sense of the rotation channel.
  public enum Handedness: String, Sendable { case right, left }

  /// The angle of the strain's first axis from the assumed one at the smallest residual, from the
  /// row axis (c) towards the columns (a) [degree].
  public let angle: Double
  /// Whether the rotation's sign is the declared one (`right`) or its opposite.
  public let handedness: Handedness
  /// The rms gradient residual at the minimum.
  public let residual: Double
  /// The rms gradient residual as declared.
  public let declaredResidual: Double
  /// The pixels that took part.
  public let pixels: Int

  /// Whether the data contradict the declared frame: another frame leaves clearly less residual.
  ///
  /// The minimum is flat (within 4° on real data), so a quarter more residual is asked for.
  public var contradictsDeclared: Bool {
    declaredResidual > 1.25 * residual && declaredResidual > 1e-6
  }

  /// Pixels taken off the mask's outline, where strain maps are worst.
  public static let erosion = 3

  /// Pixels that tell a frame as well as any more would.
  static let mostPixels = 60_000

  /// Checks a particle's frame; of a large image, tiles that are spread over it.
  ///
  /// Collective.
  ///
  /// The gradient is linear in cos 2φ, sin 2φ and the sign of θ: four fields are integrated once and
  /// the residual at any angle is a quadratic form in these.
  ///
  /// - Throws: ``ParallelError`` of kind `notConverged` when a linear system cannot be solved.
  public init(_ image: ParticleImage) throws(ParallelError) {
    let eroded = try image.eroded(Self.erosion).tiles(of: Self.mostPixels)
    let components = try Components(eroded)
    let inverse = try InverseGradient(eroded, components: components)
    let parts = try FrameParts(eroded)
    let slopes = parts.gradients.flatMap { gradient in
      [(gradient.aa, gradient.ac), (gradient.ca, gradient.cc)]
    }
    let potentials = try inverse.potentials(
      slopes.map { (alongA: $0.0, alongC: $0.1) }, rule: .trapezoid)
    var gram = [Double](repeating: 0, count: 16)
    var pairs = 0
    for cell in eroded.numbering.ownCells {
      for other in neighbours(of: cell, eroded)
      where eroded.numbering.number[other] > eroded.numbering.number[cell] {
        for direction in 0..<2 {
          let misfit = (0..<4).map { part in
            let field = 2 * part + direction
            return potentials[field][other] - potentials[field][cell]
              - inverse.pairSlope(
                from: cell, to: other, (slopes[field].0, slopes[field].1), .trapezoid)
          }
          for row in 0..<4 {
            for column in 0..<4 { gram[4 * row + column] += misfit[row] * misfit[column] }
          }
        }
        pairs += 2
      }
    }
    try image.communicator.reduce(&gram, .sum)
    let count = Double(max(1, try image.communicator.sum(pairs)))
    /// The residual at an angle in radian and a sign of the rotation.
    func residual(_ angle: Double, _ sign: Double) -> Double {
      let weights = FrameParts.weights(angle, sign)
      var sum = 0.0
      for row in 0..<4 {
        for column in 0..<4 { sum += weights[row] * gram[4 * row + column] * weights[column] }
      }
      return (max(0, sum) / count).squareRoot()
    }
    // A tenth of a degree is far finer than any data tell; the angle has period 180°.
    var best = (angle: 0.0, sign: 1.0, value: residual(0, 1))
    for tenth in -899...900 {
      for sign in [1.0, -1.0] {
        let value = residual(Double(tenth) * .pi / 1800, sign)
        if value < best.value { best = (Double(tenth) / 10, sign, value) }
      }
    }
    angle = best.angle
    handedness = best.sign > 0 ? .right : .left
    self.residual = best.value
    declaredResidual = residual(0, 1)
    pixels = eroded.numbering.globalCount
  }
}

/// The gradient of a turned frame as four parts: what does not turn, cos 2φ, sin 2φ, rotation.
private struct FrameParts {
  let gradients: [DisplacementGradient]

  init(_ image: ParticleImage) throws(ParallelError) {
    var fields: [[Double]] = []
    for channel in Channel.gradient { fields.append(try image.filled(channel).values) }
    let zero = [Double](repeating: 0, count: fields[0].count)
    let mean = zip(fields[0], fields[1]).map { ($0 + $1) / 2 }
    let half = zip(fields[0], fields[1]).map { ($0 - $1) / 2 }
    func gradient(
      _ aa: [Double], _ cc: [Double], _ ac: [Double], _ rotation: [Double]
    ) -> DisplacementGradient {
      DisplacementGradient(strainAA: aa, strainCC: cc, strainAC: ac, rotation: rotation)
    }
    let shear = fields[2]
    gradients = [
      gradient(mean, mean, zero, zero),
      gradient(half, half.map { -$0 }, shear, zero),
      // Turning by φ from c towards a takes the strain to R ε Rᵀ with this sign of sin 2φ.
      gradient(shear, shear.map { -$0 }, half.map { -$0 }, zero),
      gradient(zero, zero, zero, fields[3]),
    ]
  }

  static func weights(_ angle: Double, _ sign: Double) -> [Double] {
    [1, cosine(2 * angle), sine(2 * angle), sign]
  }
}

extension ParticleImage {
  /// The image with `layers` pixels taken off its outline, dead pixels filled first.
  ///
  /// Collective.
  ///
  /// The whole image is kept when nothing would remain.
  func eroded(_ layers: Int) throws(ParallelError) -> ParticleImage {
    var channels: [Channel: [Double]] = [:]
    for channel in Channel.allCases where self.channels[channel] != nil {
      channels[channel] = try filled(channel).values
    }
    var depth = mask.map { $0 ? 1.0 : 0 }
    let exchange = try PixelExchange(numbering, communicator)
    for _ in 0..<layers {
      var next = depth
      for cell in numbering.ownCells {
        let (i, j) = layout.indices(cell)
        let inside = [(-1, 0), (1, 0), (0, -1), (0, 1)].allSatisfy { step in
          layout.cell(i + step.0, j + step.1).map { depth[$0] > 0 } ?? false
        }
        if !inside { next[cell] = 0 }
      }
      try exchange.fill(&next)
      depth = next
    }
    let remaining = try communicator.sum(numbering.ownCells.reduce(0) { $0 + Int(depth[$1]) })
    return try ParticleImage(
      name: name, file: file, pixelSize: pixelSize, origin: origin, role: role, layout: layout,
      mask: remaining > 0 ? depth.map { $0 > 0 } : mask, channels: channels,
      communicator: communicator)
  }
  /// Square tiles that are spread evenly and have about `most` pixels together; the whole image where it
  /// has no more, or so odd a shape that the tiles would miss most of it.
  ///
  /// Collective.
  fileprivate func tiles(of most: Int) throws(ParallelError) -> ParticleImage {
    let side = 64
    let share = Double(numbering.globalCount) / Double(most)
    guard share > 1 else { return self }
    let step = Int(share.squareRoot().rounded(.up))
    let kept = mask.indices.map { cell in
      let (i, j) = layout.indices(cell)
      return mask[cell] && i / side % step == 0 && j / side % step == 0
    }
    let count = try communicator.sum(numbering.ownCells.count { kept[$0] })
    guard 4 * count > most else { return self }
    return try ParticleImage(
      name: name, file: file, pixelSize: pixelSize, origin: origin, role: role, layout: layout,
      mask: kept, channels: channels, communicator: communicator)
  }
}
