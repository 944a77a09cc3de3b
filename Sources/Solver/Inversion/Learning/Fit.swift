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

extension PreparedParticle {
  /// The normal equations of a model on this particle, over all ranks.
  ///
  /// Collective.
  func equations(_ model: some StrainModel) throws(ParallelError) -> LeastSquares {
    var equations = emptyEquations(model)
    try model.visit(self) { observation in
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
    _ model: some StrainModel, _ count: Int, part: (Int) -> Int
  ) throws(ParallelError) -> [LeastSquares] {
    var parts = [LeastSquares](repeating: emptyEquations(model), count: count)
    try model.visit(self) { observation in
      parts[part(observation.pixel)].add(
        observation.row, nuisance: observation.nuisance, component: observation.component,
        data: [observation.data], weight: observation.weight)
    }
    for index in parts.indices { try parts[index].gather(image.communicator, isPart: true) }
    return parts
  }

  private func emptyEquations(_ model: some StrainModel) -> LeastSquares {
    LeastSquares(
      count: 2 * options.basisTerms, nuisance: model.nuisanceCount(options),
      components: components.count,
      reference: options.referenceComposition)
  }

  /// One over the variance where the stack knows it, else the weight in the Frobenius norm.
  func weight(_ field: ForwardModel.Field, _ pixel: Int, norm: Double) -> Double {
    guard let sigma = sigmas[field] else { return norm }
    return 1 / (sigma[pixel] * sigma[pixel])
  }

  /// Whether each component has enough valid pixels to fix its rigid motion.
  ///
  /// Collective.
  func determinedComponents(_ nuisance: Int) throws(ParallelError) -> [Bool] {
    var counts = [Int](repeating: 0, count: components.count)
    for pixel in valid { counts[component(pixel)] += 1 }
    try image.communicator.reduce(&counts, .sum)
    // Two pixels carry four displacements for three motions; one rotation fixes one offset.
    return counts.map { $0 >= (nuisance == 3 ? 2 : 1) }
  }

  /// What a rigid motion adds to a field: two translations and a rotation, or the rotation offset.
  func rigidMotion(_ field: ForwardModel.Field, _ pixel: Int) -> [Double] {
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
    _ model: some StrainModel, _ equations: LeastSquares, hasData: Bool = false
  ) throws(ParallelError) -> [[[Double]]] {
    let count = equations.count
    let cells = image.numbering.ownCells
    let empty = [Double](repeating: 0, count: image.layout.cellCount)
    var fields = [[[Double]]](
      repeating: [[Double]](repeating: empty, count: 6), count: count + (hasData ? 1 : 0))
    let scale = model.scale(self)
    try model.visit(self) { observation in
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
    _ model: some StrainModel, _ equations: LeastSquares, _ forward: inout ForwardModel?
  ) throws(ParallelError) -> Influence {
    let count = equations.count
    let cells = image.numbering.ownCells
    let fields = try projectedWeights(model, equations)
    var influence = Influence(count: count, layout: image.layout)
    for unknown in 0..<count { influence.weights[unknown] = Array(fields[unknown][..<4]) }
    guard model.kind.obeysEquilibrium else { return influence }
    let usesBoundary = options.boundary == .measured
    guard usesBoundary || options.misfit == .displacement else { return influence }
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
