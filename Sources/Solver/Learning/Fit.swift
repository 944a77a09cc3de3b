import Parallel
import Physics

extension TrainedParticle {
  /// The normal equations of one model on this particle, over all ranks. Collective.
  func equations(_ model: Model, _ options: LearningOptions) throws(ParallelError) -> LeastSquares {
    var equations =
      model == .m0
      ? directEquations(options)
      : try constrainedEquations(options)
    try equations.gather(image.communicator)
    return equations
  }

  /// M0: the strain of each pixel on the basis at its composition.
  private func directEquations(_ options: LearningOptions) -> LeastSquares {
    let terms = options.terms.max() ?? 1
    var equations = LeastSquares(count: 2 * terms)
    var row = [Double](repeating: 0, count: 2 * terms)
    for pixel in valid {
      for direction in 0..<2 {
        for index in row.indices { row[index] = 0 }
        var recurrence = AnchoredLegendre.Recurrence(at: composition[pixel])
        for term in 0..<terms {
          recurrence.advance()
          row[direction * terms + term] = recurrence.value
        }
        equations.add(row, data: measured[direction][pixel], weight: 1)
      }
    }
    return equations
  }

  /// M1: the measured fields on the forward responses (equation 2.9), rigid motions free where
  /// nothing holds the boundary.
  private func constrainedEquations(
    _ options: LearningOptions
  ) throws(ParallelError) -> LeastSquares {
    guard let responses else { preconditionFailure("M1 needs the forward responses") }
    let most = responses.columnCount / 2
    let isLifted = responses.columnCount % 2 == 1
    let isFree = options.boundary == .free
    let nuisance =
      switch (options.misfit, isFree) {
      case (.displacement, true): 3
      case (.gradient, true): 1
      default: 0
      }
    // Displacements are compared in nm, so that particles of different pixel size add up.
    let scale = options.misfit == .displacement ? image.pixelSize : 1
    let determined = try determinedComponents(nuisance)
    var equations = LeastSquares(
      count: 2 * most, nuisance: nuisance, components: components.count)
    var row = [Double](repeating: 0, count: 2 * most)
    for pixel in valid where determined[component(pixel)] {
      for (field, weight) in options.misfit.fields {
        for column in 0..<2 * most { row[column] = scale * responses[field, column, pixel] }
        let held = isLifted ? responses[field, 2 * most, pixel] : 0
        equations.add(
          row, nuisance: nuisance > 0 ? rigidMotion(field, pixel, options.misfit) : [],
          component: component(pixel),
          data: scale * (measured[field.rawValue][pixel] - held), weight: weight)
      }
    }
    return equations
  }

  /// Whether each component has enough valid pixels to fix its rigid motion. Collective.
  private func determinedComponents(_ nuisance: Int) throws(ParallelError) -> [Bool] {
    var counts = [Int](repeating: 0, count: components.count)
    for pixel in valid { counts[component(pixel)] += 1 }
    try image.communicator.reduce(&counts, .sum)
    // Two pixels carry four displacements for three motions; one rotation fixes one offset.
    return counts.map { $0 >= (nuisance == 3 ? 2 : 1) }
  }

  /// What a rigid motion adds to a field: two translations and a rotation, or the rotation offset.
  private func rigidMotion(
    _ field: ForwardModel.Field, _ pixel: Int, _ misfit: Misfit
  ) -> [Double] {
    guard misfit == .displacement else { return [field == .rotation ? 1 : 0] }
    let layout = image.layout
    let (i, j) = layout.indices(image.numbering.ownCells[pixel])
    // About the middle of the image and over its size, for the sake of conditioning.
    let size = Double(max(layout.rows, layout.columns))
    let alongA = (Double(i) - Double(layout.columns) / 2) / size
    let alongC = (Double(j) - Double(layout.rows) / 2) / size
    return field == .displacementA ? [1, 0, -alongC] : [0, 1, alongA]
  }
}
