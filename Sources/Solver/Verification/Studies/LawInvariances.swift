// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import Physics

/// Row D6a: what must not change the law, whatever the law is.
enum LawInvariances {
  @Sendable static func run(
    _ options: StudyOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [StudyResult] {
    // Alone, so that an image can be mirrored as a whole; the ranks are compared at the end.
    let alone = try communicator.split(color: communicator.rank)
    defer { alone.release() }
    let pair = try images(options, alone)
    var results: [StudyResult] = []
    for (name, misfit, boundary) in LearningStudies.combinations {
      let settings = LearningStudies.options(misfit, boundary, terms: 3)
      func law(_ images: [ParticleImage]) throws(ParallelError) -> [Double] {
        try LearningStudies.law(images, settings, alone).unknowns
      }
      let base = try law(pair)
      for (change, changed) in try variants(pair) {
        results.append(
          StudyResult(
            "\(name), \(change): change of the coefficients",
            distance(base, try law(changed)), atMost: 1e-9))
      }
      let shared = try LearningStudies.law(
        images(options, communicator), settings, communicator)
      results.append(
        StudyResult(
          "\(name), \(communicator.size) ranks against one: change of the coefficients",
          try communicator.maximum(distance(base, shared.unknowns)), atMost: 1e-10))
    }
    return results
  }

  /// Two small noisy particles.
  private static func images(
    _ options: StudyOptions, _ communicator: Communicator
  ) throws(ParallelError) -> [ParticleImage] {
    let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress
    var images: [ParticleImage] = []
    for (place, pixelSize) in [25.0, 40.0].enumerated() {
      let specimen = try VirtualSpecimen(
        halfA: 900, halfC: 470, cells: 40, law: Truth.law, stiffness: stiffness,
        communicator: communicator,
        composition: VirtualSpecimen.lamellae(
          period: 700, width: 130, angle: 0.5 + Double(place)))
      images.append(
        try specimen.image(
          name: "I\(place)", pixelSize: pixelSize, role: .train, communicator: communicator
        ).image.withNoise(strain: 1e-3, composition: 0.01, seed: options.seed + place))
    }
    return images
  }

  /// The same specimens, described differently (physics of the inversion: only strain, composition
  /// and their neighbourhood enter).
  ///
  /// - Equilibrium contains ∇ alone: an origin is a translation, and under x → sx the displacement
  ///   scales and the strain stays.
  /// - A constant rotation is rigid: a free body has it as a mode of no energy.
  /// - A mirror of a or c reverses e_ac and the rotation, which are odd in each axis, and leaves
  ///   f_a and f_c; the mesh has the same symmetry, four triangles a pixel.
  /// - The normal equations are sums over particles.
  private static func variants(
    _ pair: [ParticleImage]
  ) throws(ParallelError) -> [(name: String, images: [ParticleImage])] {
    var rotated = pair
    for index in pair.indices {
      rotated[index].channels[.rotation] = pair[index].channels[.rotation]?.map { $0 + 0.02 }
    }
    let moved = try pair.map { (image) throws(ParallelError) in
      try rebuilt(image, origin: [123, -77])
    }
    let larger = try pair.map { (image) throws(ParallelError) in
      try rebuilt(image, pixelFactor: 3)
    }
    let mirroredA = try pair.map { (image) throws(ParallelError) in
      try rebuilt(image, mirrorA: true)
    }
    let mirroredC = try pair.map { (image) throws(ParallelError) in
      try rebuilt(image, mirrorC: true)
    }
    return [
      ("origin shifted", moved), ("constant rotation added", rotated),
      ("pixel size times 3", larger), ("a mirrored", mirroredA), ("c mirrored", mirroredC),
      ("order of the particles reversed", pair.reversed()),
    ]
  }

  private static func rebuilt(
    _ image: ParticleImage, origin: [Double]? = nil, pixelFactor: Double = 1,
    mirrorA: Bool = false, mirrorC: Bool = false
  ) throws(ParallelError) -> ParticleImage {
    let layout = image.layout
    let source = (0..<layout.cellCount).map { cell -> Int in
      let (i, j) = layout.indices(cell)
      return layout.cell(
        mirrorA ? layout.columns - 1 - i : i, mirrorC ? layout.rows - 1 - j : j) ?? cell
    }
    var channels: [Channel: [Double]] = [:]
    for (channel, values) in image.channels {
      let flips = (mirrorA != mirrorC) && (channel == .strainAC || channel == .rotation)
      channels[channel] = source.map { (flips ? -1 : 1) * values[$0] }
    }
    return try ParticleImage(
      name: image.name, file: image.file, pixelSize: pixelFactor * image.pixelSize,
      origin: origin ?? image.origin, role: image.role, layout: layout,
      mask: source.map { image.mask[$0] }, channels: channels,
      communicator: image.communicator)
  }

  private static func distance(_ first: [Double], _ second: [Double]) -> Double {
    let size = first.map(abs).max() ?? 1
    return zip(first, second).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
  }
}
