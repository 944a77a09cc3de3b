// SPDX-License-Identifier: Apache-2.0

package import Images
package import Parallel
package import Physics

/// One particle with its forward responses and its normal equations, ready to be fitted and judged.
package struct PreparedParticle {
  package let image: ParticleImage
  let isTraining: Bool
  let options: LearningOptions
  /// Own pixels that take part, as places in the own pixels.
  private(set) var valid: [Int]
  /// Composition on own pixels, dead ones filled.
  let composition: [Double]
  /// Measured fields on own pixels, in the order of ``ForwardModel/Field``; empty where not needed.
  let measured: [[Double]]
  /// Standard deviations on own pixels that the fit weighs by.
  let sigmas: [ForwardModel.Field: [Double]]
  /// The forward responses of M1.
  private(set) var responses: PixelFields?
  let components: Components
  /// Pixels in the mask that do not take part because a channel has no value there, over all ranks.
  let masked: Int
  /// Own pixels that are mis-indexed and do not take part; empty where none was looked for.
  private(set) var isRejected: [Bool] = []
  /// Their number over all ranks.
  private(set) var rejected = 0
  /// Pixels whose composition was filled, over all ranks.
  let filled: Int
  /// Valid pixels over all ranks.
  private(set) var validCount: Int
  private(set) var unknownCount = 0
  private(set) var largestShare = 0.0
  private(set) var residual = 0.0
  /// The normal equations of each model.
  private(set) var equations: [Model: LeastSquares] = [:]
  /// The influence of strain and rotation on them; training particles only.
  package private(set) var influence: [Model: Influence] = [:]
  /// The noise of the composition, where the basis is freed of it.
  let noise: CompositionNoise?
  /// What that noise does to the normal equations; training particles only.
  private(set) var corrections: [Model: CompositionCorrection] = [:]

  /// The normal equations of M1 on pixels halved; where asked for.
  private(set) var refined: LeastSquares?

  /// Integrates, meshes and solves.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - weighsBySigma: whether the stack's standard deviations weigh the strain.
  ///   - isRefined: whether the problem is solved on halved pixels, too.
  ///   - work: is told each ``LearningStep``.
  /// - Throws: ``ParallelError`` of kind `input` for channels that are missing or empty, of kind `notConverged` when a
  ///   linear system cannot be solved.
  package init(
    _ image: ParticleImage, isTraining: Bool, options: LearningOptions, weighsBySigma: Bool,
    noise: CompositionNoise? = nil,
    isRefined: Bool = false, log: any RunLog, work: WorkShare? = nil
  ) throws(ParallelError) {
    let cells = image.numbering.ownCells
    let components = try Components(image)
    if components.count > 1 {
      let sizes = components.sizes.sorted(by: >).prefix(5).map(String.init)
      log.warn(
        "\(image.file): particle \(image.name): the mask has \(components.count) disconnected "
          + "parts (\(sizes.joined(separator: ", "))\(components.count > 5 ? ", …" : "") pixels); "
          + "each moves as a body of its own")
    }
    let filled = try image.filled(.composition)
    let isConstrained = options.needsMesh && !options.usesDisplacement
    var image = image
    if options.outliers == .reject, !isConstrained {
      (image, isRejected) = try Outliers.removedLocally(
        from: image, composition: filled.values, reference: options.referenceComposition)
      rejected = try image.communicator.sum(isRejected.count { $0 })
    }
    let needsRotation = options.needsMesh && options.usesRotation
    let channels: [(ForwardModel.Field, Channel)] =
      [(.strainAA, .strainAA), (.strainCC, .strainCC), (.strainAC, .strainAC)]
      + (needsRotation ? [(.rotation, .rotation)] : [])
    var measured = [[Double]](repeating: [], count: 6)
    var sigmas: [ForwardModel.Field: [Double]] = [:]
    for (field, channel) in channels {
      let values = try image.values(channel)
      measured[field.rawValue] = cells.map { values[$0] }
      if weighsBySigma, let sigma = image.sigmas[channel] {
        sigmas[field] = cells.map { sigma[$0] }
      }
    }
    var displacement: MeasuredDisplacement?
    if options.needsMesh, options.usesDisplacement {
      let integrated = try image.displacement(components)
      displacement = integrated
      measured[ForwardModel.Field.displacementA.rawValue] = cells.map { integrated.a[$0] }
      measured[ForwardModel.Field.displacementC.rawValue] = cells.map { integrated.c[$0] }
    }
    let needed = [.composition] + channels.map(\.1)
    let live = Set(try image.validCells(needed))
    valid = cells.indices.filter { live.contains(cells[$0]) }
    validCount = try image.communicator.sum(valid.count)
    guard validCount > 0 else {
      throw ParallelError(
        .input,
        "\(image.file): particle \(image.name): no pixel has finite values in all of "
          + needed.map(\.rawValue).joined(separator: ", "))
    }
    masked = image.numbering.globalCount - validCount - rejected
    self.filled = filled.filled
    composition = cells.map { filled.values[$0] }
    self.image = image
    self.isTraining = isTraining
    self.options = options
    self.measured = measured
    self.sigmas = sigmas
    self.components = components
    self.noise = noise
    var forward: ForwardModel?
    if options.needsMesh {
      Self.begin(
        .responses, image, options, work, "\(image.numbering.globalCount) pixels: factorising")
      var solver = try ForwardModel(
        image, components: components, stiffness: options.elements(filled.values),
        measured: options.boundary == .measured ? displacement : nil, method: options.method)
      responses = try Self.responses(image, options, filled.values, noise, &solver)
      forward = consume solver
    }
    if options.outliers == .reject, isConstrained, let responses {
      let isOutlier = try Outliers.ofModel(
        valid, measured: measured, responses: responses,
        sigmas: [.strainAA, .strainCC, .strainAC].map { sigmas[$0] }, image.communicator)
      isRejected = [Bool](repeating: false, count: cells.count)
      for (place, pixel) in valid.enumerated() { isRejected[pixel] = isOutlier[place] }
      let found = isRejected
      valid.removeAll { found[$0] }
      rejected = try image.communicator.sum(isRejected.count { $0 })
      validCount -= rejected
    }
    unknownCount = forward?.unknownCount ?? 0
    largestShare = forward?.largestShare ?? 0
    // Halved pixels are compared on the plain basis.
    var plainResponses = responses
    for model in options.models {
      Self.begin(.equations(model), image, options, work, "equations of \(model.rawValue)")
      let strains = strainModel(model)
      let own = try equations(strains)
      equations[model] = own
      guard isTraining else { continue }
      if options.hasBands || options.isAveraged {
        influence[model] = try influence(strains, own, &forward)
      }
      guard let noise else { continue }
      if !model.obeysEquilibrium {
        Self.begin(.directNoise, image, options, work, "noise in the composition, m0")
        corrections[model] = try directCorrection(noise)
      } else if let responses, var solver = forward.take() {
        let (correction, plain) = try constrainedCorrection(
          noise, filled.values, own, responses, &solver, work)
        corrections[model] = correction
        plainResponses = plain
        forward = consume solver
      }
    }
    residual = forward?.residual ?? 0
    // The mesh errs on what the composition is, not on its noise, which is as rough as the pixels.
    var smooth = filled.values
    var sample: MeshSample?
    var smoothResponses = plainResponses
    if isRefined, isTraining {
      if noise != nil { smooth = try image.smoothed(smooth) }
      // Errors of the displacement add up over the particle: no part of it tells them.
      if options.misfit != .displacement { sample = try MeshSample(image, composition: smooth) }
      if sample == nil, noise != nil {
        smoothResponses = try forward?.responses(
          terms: options.basisTerms, reference: options.referenceComposition, composition: smooth)
      }
    }
    // Its factors are the largest thing in memory, and the halved pixels need others.
    forward = nil
    if isRefined, isTraining, let plainResponses, let smoothResponses {
      Self.begin(.halved, image, options, work, "pixels halved")
      let measured = options.boundary == .measured ? displacement : nil
      var halved = plainResponses
      if let sample {
        halved = try sample.halved(halved, composition: smooth, measured: measured, options)
      } else {
        halved.add(
          try Refinement(image, composition: smooth, measured: measured).responses(options),
          less: smoothResponses)
      }
      refined = try equations(CoherencyStrain(responses: halved))
    }
  }

  /// The responses of M1, the basis freed of the noise of the composition where that is told.
  ///
  /// Collective.
  static func responses(
    _ image: ParticleImage, _ options: LearningOptions, _ composition: [Double],
    _ noise: CompositionNoise?, _ forward: inout ForwardModel
  ) throws(ParallelError) -> PixelFields {
    let terms = options.basisTerms
    guard let noise else {
      return try forward.responses(
        terms: terms, reference: options.referenceComposition, composition: composition)
    }
    let pixel = NoisyPixel(
      image, composition, noise, terms: terms, reference: options.referenceComposition,
      points: options.elements(composition).points)
    return try forward.responses(columns: terms) { cell, basis in
      pixel.take(cell)
      for index in basis.indices { basis[index] = pixel.values[index] }
    }
  }

  /// A channel's standard deviation, or nil where any valid pixel does not know it.
  ///
  /// Collective.
  private func knownSigma(_ channel: Channel) throws(ParallelError) -> [Double]? {
    try image.knownSigma(channel, valid.map { image.numbering.ownCells[$0] })
  }

  /// The component of an own pixel.
  func component(_ pixel: Int) -> Int { components.label[image.numbering.ownCells[pixel]] }

  /// The model strain of a law at an own pixel.
  package func strain(_ model: Model, _ law: EigenstrainLaw, at pixel: Int) -> SymmetricTensor2 {
    strainModel(model).strain(law, at: pixel, of: self)
  }

  /// √(Δaa² + Δcc² + 2Δac²) at an own pixel.
  func error(_ model: some StrainModel, _ law: EigenstrainLaw, at pixel: Int) -> Double {
    let difference =
      SymmetricTensor2(aa: measured[0][pixel], cc: measured[1][pixel], ac: measured[2][pixel])
      - model.strain(law, at: pixel, of: self)
    return difference.frobeniusNorm
  }

  /// The number and the sum of the valid pixels' errors.
  ///
  /// Collective.
  func errorSums(
    _ kind: Model, _ law: EigenstrainLaw
  ) throws(ParallelError) -> (count: Double, sum: Double) {
    func sum(_ model: some StrainModel) -> Double {
      valid.reduce(0) { $0 + error(model, law, at: $1) }
    }
    var sums = [Double(valid.count), sum(strainModel(kind))]
    try image.communicator.reduce(&sums, .sum)
    return (sums[0], sums[1])
  }
}

extension ParticleImage {
  /// A field on held cells, finite in the mask, averaged inside it as by a Gaussian of one pixel.
  ///
  /// Collective.
  func smoothed(_ field: [Double]) throws(ParallelError) -> [Double] {
    let exchange = try PixelExchange(numbering, communicator)
    var field = field
    for _ in 0..<4 {
      var next = field
      for cell in numbering.ownCells {
        let around = neighbours(of: cell, self)
        // A neighbour that is not there counts as the pixel itself: the sum is kept.
        next[cell] = around.reduce(field[cell]) { $0 + (field[$1] - field[cell]) / 8 }
      }
      try exchange.fill(&next)
      field = next
    }
    return field
  }

  /// A channel's standard deviations, or nil where any of `cells` does not know it.
  ///
  /// Collective.
  func knownSigma(_ channel: Channel, _ cells: [Int]) throws(ParallelError) -> [Double]? {
    guard let sigma = sigmas[channel] else { return nil }
    let unknown = cells.filter { !(sigma[$0] > 0) }.count
    return try communicator.sum(unknown) == 0 ? sigma : nil
  }
}
