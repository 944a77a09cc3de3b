import Parallel
import Physics

/// One particle with its forward responses, ready to be fitted and judged.
struct TrainedParticle {
  let image: ParticleImage
  let isTraining: Bool
  /// Own pixels that take part, as places in the own pixels.
  let valid: [Int]
  /// Composition on own pixels, dead ones filled.
  let composition: [Double]
  /// Measured fields on own pixels, in the order of ``ForwardModel/Field``.
  let measured: [[Double]]
  let responses: PixelFields?
  let components: Components
  /// Pixels in the mask that do not take part, over all ranks.
  let masked: Int
  /// Pixels whose composition was filled, over all ranks.
  let filled: Int
  /// Valid pixels over all ranks.
  let validCount: Int
  let unknownCount: Int
  let largestShare: Double
  let residual: Double

  /// Integrates, meshes and solves. Collective.
  init(
    _ image: ParticleImage, isTraining: Bool, options: LearningOptions, log: any RunLog
  ) throws(ParallelError) {
    let terms = options.terms.max() ?? 1
    let numbering = image.numbering
    let cells = numbering.ownCells
    let components = try Components(image)
    if components.count > 1 {
      let sizes = components.sizes.sorted(by: >).prefix(5).map(String.init)
      log.warn(
        "\(image.file): particle \(image.name): the mask has \(components.count) disconnected "
          + "parts (\(sizes.joined(separator: ", "))\(components.count > 5 ? ", …" : "") pixels); "
          + "each moves as a body of its own")
    }
    let filled = try image.filled(.composition)
    var measured = [[Double]](repeating: [], count: 6)
    let strain: [(ForwardModel.Field, Channel)] = [
      (.strainAA, .strainAA), (.strainCC, .strainCC), (.strainAC, .strainAC),
    ]
    for (field, channel) in strain {
      let values = try image.values(channel)
      measured[field.rawValue] = cells.map { values[$0] }
    }
    if options.misfit == .gradient {
      let values = try image.values(.rotation)
      measured[ForwardModel.Field.rotation.rawValue] = cells.map { values[$0] }
    }
    var displacement: MeasuredDisplacement?
    if options.models.contains(.m1),
      options.boundary == .measured || options.misfit == .displacement
    {
      let integrated = try image.displacement(components)
      displacement = integrated
      measured[ForwardModel.Field.displacementA.rawValue] = cells.map { integrated.a[$0] }
      measured[ForwardModel.Field.displacementC.rawValue] = cells.map { integrated.c[$0] }
    }
    let needed = Set(
      options.models.contains(.m1)
        ? options.misfit.channels : Misfit.strain.channels)
    let live = Set(try image.validCells(Channel.allCases.filter(needed.contains)))
    valid = cells.indices.filter { live.contains(cells[$0]) }
    validCount = try image.communicator.sum(valid.count)
    guard validCount > 0 else {
      throw ParallelError(
        .input,
        "\(image.file): particle \(image.name): no pixel has finite values in all of "
          + Channel.allCases.filter(needed.contains).map(\.rawValue).joined(separator: ", "))
    }
    masked = numbering.globalCount - validCount
    self.filled = filled.filled
    if options.models.contains(.m1) {
      log.progress("\(image.name): \(numbering.globalCount) pixels: factorising")
      var model = try ForwardModel(
        image, components: components, stiffness: options.stiffness,
        measured: options.boundary == .measured ? displacement : nil, method: options.method)
      responses = try model.responses(terms: terms, composition: filled.values)
      unknownCount = model.unknownCount
      largestShare = model.largestShare
      residual = model.residual
    } else {
      responses = nil
      unknownCount = 0
      largestShare = 0
      residual = 0
    }
    composition = cells.map { filled.values[$0] }
    self.image = image
    self.isTraining = isTraining
    self.measured = measured
    self.components = components
  }

  /// The component of an own pixel.
  func component(_ pixel: Int) -> Int { components.label[image.numbering.ownCells[pixel]] }

  /// The model strain of a law at an own pixel.
  func strain(_ model: Model, _ law: EigenstrainLaw, at pixel: Int) -> SymmetricTensor2 {
    guard model == .m1, let responses else { return law.strain(at: composition[pixel]) }
    return SymmetricTensor2(
      aa: predicted(.strainAA, law, pixel, responses),
      cc: predicted(.strainCC, law, pixel, responses),
      ac: predicted(.strainAC, law, pixel, responses))
  }

  /// A field that the constrained model predicts at an own pixel.
  func predicted(
    _ field: ForwardModel.Field, _ law: EigenstrainLaw, _ pixel: Int, _ responses: PixelFields
  ) -> Double {
    let most = responses.columnCount / 2
    var sum = responses.columnCount % 2 == 1 ? responses[field, 2 * most, pixel] : 0
    for term in 0..<law.terms {
      sum += law.a[term] * responses[field, term, pixel]
      sum += law.c[term] * responses[field, most + term, pixel]
    }
    return sum
  }

  /// √(Δaa² + Δcc² + 2Δac²) at an own pixel.
  func error(_ model: Model, _ law: EigenstrainLaw, at pixel: Int) -> Double {
    let difference =
      SymmetricTensor2(aa: measured[0][pixel], cc: measured[1][pixel], ac: measured[2][pixel])
      - strain(model, law, at: pixel)
    return difference.frobeniusNorm
  }

  /// The number, the sum and the sum of squares of the valid pixels' errors. Collective.
  func errorSums(
    _ model: Model, _ law: EigenstrainLaw
  ) throws(ParallelError) -> (count: Double, sum: Double, squares: Double) {
    var sums = [Double(valid.count), 0, 0]
    for pixel in valid {
      let error = error(model, law, at: pixel)
      sums[1] += error
      sums[2] += error * error
    }
    try image.communicator.reduce(&sums, .sum)
    return (sums[0], sums[1], sums[2])
  }
}
