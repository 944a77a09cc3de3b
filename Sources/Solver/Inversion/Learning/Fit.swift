// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// One number of an image beside what the law's unknowns make of it.
struct Observation {
  /// Which field.
  let field: ForwardModel.Field
  /// The own pixel.
  let pixel: Int
  /// The component of the mask.
  let component: Int
  /// The derivatives by a1…aN, c1…cN.
  let row: [Double]
  /// The derivatives by the component's rigid motion.
  let nuisance: [Double]
  /// The measured number, the response to a measured boundary taken off.
  let data: Double
  /// Its weight in the sum of squares.
  let weight: Double
}

extension TrainedParticle {
  /// The normal equations of a model on this particle, over all ranks.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - responses: the forward responses for M1.
  ///   - composition: X on own pixels for M0.
  ///   - isPlain: whether noise of the composition is left in the basis of M0.
  func equations(
    _ model: Model, _ responses: PixelFields?, _ composition: [Double], isPlain: Bool = false
  ) throws(ParallelError) -> LeastSquares {
    var equations = emptyEquations(model)
    try visit(model, responses, composition, isPlain: isPlain) { observation in
      equations.add(
        observation.row, nuisance: observation.nuisance, component: observation.component,
        data: [observation.data], weight: observation.weight)
    }
    try equations.gather(image.communicator)
    return equations
  }

  /// The normal equations of each of several parts of the particle.
  ///
  /// Collective.
  ///
  /// - Parameter part: the part that an own pixel belongs to.
  func foldEquations(
    _ model: Model, _ count: Int, part: (Int) -> Int
  ) throws(ParallelError) -> [LeastSquares] {
    var parts = [LeastSquares](repeating: emptyEquations(model), count: count)
    try visit(model, responses, composition) { observation in
      parts[part(observation.pixel)].add(
        observation.row, nuisance: observation.nuisance, component: observation.component,
        data: [observation.data], weight: observation.weight)
    }
    for index in parts.indices { try parts[index].gather(image.communicator, isPart: true) }
    return parts
  }

  private func emptyEquations(_ model: Model) -> LeastSquares {
    LeastSquares(
      count: 2 * options.basisTerms, nuisance: nuisanceCount(model), components: components.count,
      reference: options.referenceComposition)
  }

  /// The rigid motions that a model leaves free in each component.
  private func nuisanceCount(_ model: Model) -> Int {
    switch (model, options.misfit, options.boundary) {
    case (.m1, .displacement, .free): 3
    case (.m1, .gradient, .free): 1
    default: 0
    }
  }

  /// Runs over the observations of a model, in the order of the pixels.
  ///
  /// Collective.
  func visit(
    _ model: Model, _ responses: PixelFields?, _ composition: [Double], isPlain: Bool = false,
    _ body: (Observation) -> Void
  ) throws(ParallelError) {
    switch (model, responses) {
    case (.m1, let responses?): try visitConstrained(responses, body)
    default: visitDirect(composition, isPlain, body)
    }
  }

  /// M0: the normal strains of each pixel on the basis at its composition.
  private func visitDirect(
    _ composition: [Double], _ isPlain: Bool, _ body: (Observation) -> Void
  ) {
    let terms = options.basisTerms
    let cells = image.numbering.ownCells
    var basis = DeconvolvedBasis(terms: terms, reference: options.referenceComposition)
    for pixel in valid {
      let sigma = isPlain ? 0 : noise?.sigma[cells[pixel]] ?? 0
      basis.evaluate(at: composition[pixel], variance: sigma * sigma)
      for (direction, field) in [ForwardModel.Field.strainAA, .strainCC].enumerated() {
        var row = [Double](repeating: 0, count: 2 * terms)
        for term in 0..<terms { row[direction * terms + term] = basis[term + 1, 0] }
        body(
          Observation(
            field: field, pixel: pixel, component: 0, row: row, nuisance: [],
            data: measured[field.rawValue][pixel], weight: weight(field, pixel, norm: 1)))
      }
    }
  }

  /// M1: the measured fields on the forward responses (equation 2.9), rigid motions free where
  /// nothing holds the boundary.
  private func visitConstrained(
    _ responses: PixelFields, _ body: (Observation) -> Void
  ) throws(ParallelError) {
    let most = responses.columnCount / 2
    let isLifted = responses.columnCount % 2 == 1
    let count = nuisanceCount(.m1)
    // Displacements are compared in nm, so that particles of different pixel size add up.
    let scale = options.misfit == .displacement ? image.pixelSize : 1
    let determined = try determinedComponents(count)
    for pixel in valid where determined[component(pixel)] {
      for (field, norm) in options.misfit.fields {
        let row = (0..<2 * most).map { scale * responses[field, $0, pixel] }
        let held = isLifted ? responses[field, 2 * most, pixel] : 0
        body(
          Observation(
            field: field, pixel: pixel, component: component(pixel), row: row,
            nuisance: count > 0 ? rigidMotion(field, pixel) : [],
            data: scale * (measured[field.rawValue][pixel] - held),
            weight: weight(field, pixel, norm: norm)))
      }
    }
  }

  /// One over the variance where the stack knows it, else the weight in the Frobenius norm.
  func weight(_ field: ForwardModel.Field, _ pixel: Int, norm: Double) -> Double {
    guard let sigma = sigmas[field] else { return norm }
    return 1 / (sigma[pixel] * sigma[pixel])
  }

  /// Whether each component has enough valid pixels to fix its rigid motion.
  ///
  /// Collective.
  private func determinedComponents(_ nuisance: Int) throws(ParallelError) -> [Bool] {
    var counts = [Int](repeating: 0, count: components.count)
    for pixel in valid { counts[component(pixel)] += 1 }
    try image.communicator.reduce(&counts, .sum)
    // Two pixels carry four displacements for three motions; one rotation fixes one offset.
    return counts.map { $0 >= (nuisance == 3 ? 2 : 1) }
  }

  /// What a rigid motion adds to a field: two translations and a rotation, or the rotation offset.
  private func rigidMotion(_ field: ForwardModel.Field, _ pixel: Int) -> [Double] {
    guard options.misfit == .displacement else { return [field == .rotation ? 1 : 0] }
    let layout = image.layout
    let (i, j) = layout.indices(image.numbering.ownCells[pixel])
    // About the middle of the image and over its size, for the sake of conditioning.
    let size = Double(max(layout.rows, layout.columns))
    let alongA = (Double(i) - Double(layout.columns) / 2) / size
    let alongC = (Double(j) - Double(layout.rows) / 2) / size
    return field == .displacementA ? [1, 0, -alongC] : [0, 1, alongA]
  }

  /// The weight of each measured field in each right-hand side, rigid motions projected out: on own
  /// pixels of held fields.
  ///
  /// Collective.
  ///
  /// - Parameter hasData: whether the weighted data follow as one more column.
  func projectedWeights(
    _ model: Model, _ equations: LeastSquares, _ responses: PixelFields?, hasData: Bool = false
  ) throws(ParallelError) -> [[[Double]]] {
    let count = equations.count
    let cells = image.numbering.ownCells
    let empty = [Double](repeating: 0, count: image.layout.cellCount)
    var fields = [[[Double]]](
      repeating: [[Double]](repeating: empty, count: 6), count: count + (hasData ? 1 : 0))
    let scale = model == .m1 && options.misfit == .displacement ? image.pixelSize : 1
    try visit(model, responses, composition) { observation in
      let cell = cells[observation.pixel]
      let factor = scale * observation.weight
      for unknown in 0..<count {
        var slope = observation.row[unknown]
        for (index, motion) in observation.nuisance.enumerated() {
          let place = (observation.component * equations.nuisance + index) * count
          slope -= motion * equations.answers[place + unknown]
        }
        fields[unknown][observation.field.rawValue][cell] = factor * slope
      }
      guard hasData else { return }
      var value = observation.data
      for (index, motion) in observation.nuisance.enumerated() {
        let place = observation.component * equations.nuisance + index
        value -= motion * equations.dataAnswers[place]
      }
      fields[count][observation.field.rawValue][cell] = factor * value
    }
    return fields
  }

  /// How the right-hand side of a model's equations follows from strain and rotation.
  ///
  /// Collective.
  func influence(
    _ model: Model, _ equations: LeastSquares, _ responses: PixelFields?,
    _ forward: inout ForwardModel?
  ) throws(ParallelError) -> Influence {
    let count = equations.count
    let cells = image.numbering.ownCells
    let fields = try projectedWeights(model, equations, responses)
    var influence = Influence(count: count, layout: image.layout)
    for unknown in 0..<count { influence.weights[unknown] = Array(fields[unknown][..<4]) }
    let usesBoundary = model == .m1 && options.boundary == .measured
    guard model == .m1, usesBoundary || options.misfit == .displacement else { return influence }
    var displacement = fields.map { (a: $0[4], c: $0[5]) }
    var gradients: [(aa: [Double], cc: [Double], ac: [Double], ca: [Double])]?
    if usesBoundary, forward != nil {
      // What the boundary predicts is taken off the data: its weight is the negative one.
      let adjoints =
        try forward?.boundaryTransposed(
          fields.map { $0.map { $0.map { -$0 } } }) ?? []
      gradients = adjoints.map(\.gradient)
      for (unknown, adjoint) in adjoints.enumerated() {
        for cell in cells {
          displacement[unknown].a[cell] += adjoint.displacement.a[cell]
          displacement[unknown].c[cell] += adjoint.displacement.c[cell]
        }
      }
    }
    try influence.addDisplacement(displacement, gradients: gradients, image, components)
    return influence
  }
}
