import Parallel
import Solver

/// What `learn` says on stdout.
enum LawReport {
  static func show(_ law: LearnedLaw, on console: Console) {
    console.table(particleTable(law))
    console.line("")
    console.table(errorTable(law))
    console.line("")
    for (model, _) in law.fits {
      guard let fit = law.selected(model) else { continue }
      console.line(
        "\(model.rawValue), N = \(fit.law.terms): a \(list(fit.law.a)), c \(list(fit.law.c))")
    }
    console.line(
      "selected: \(law.selectedModel.rawValue) with \(law.selectedTerms) terms of "
        + "L_n(2X-1) - L_n(1)")
    console.result(json(law))
  }

  private static func list(_ values: [Double]) -> String {
    "[" + values.map { formatted($0, significant: 6) }.joined(separator: ", ") + "]"
  }

  private static func particleTable(_ law: LearnedLaw) -> Table {
    var table = Table(
      "particle", "role", "pixels", "left out", "filled", "unknowns", "largest share [%]")
    for particle in law.particles {
      table.add(
        particle.image.name, particle.isTraining ? "train" : "test", String(particle.valid),
        String(particle.masked), String(particle.filled), String(particle.unknowns),
        Table.number(100 * particle.largestShare, digits: 3))
    }
    return table
  }

  private static func errorTable(_ law: LearnedLaw) -> Table {
    var table = Table("model", "N", "train error [%]", "test error [%]", "all [%]")
    for (model, fits) in law.fits {
      for fit in fits {
        table.add(
          model.rawValue, String(fit.law.terms), Table.number(100 * fit.trainError),
          Table.number(100 * fit.testError), Table.number(100 * fit.modelError))
      }
    }
    return table
  }

  private static func json(_ law: LearnedLaw) -> [String: JSONValue] {
    var models: [String: JSONValue] = [:]
    for (model, fits) in law.fits {
      guard let fit = law.selected(model) else { continue }
      let isDirect = model == .m0
      let width = 2 * fit.law.terms
      models[model.rawValue] = [
        "terms": .integer(fit.law.terms),
        "coefficients": ["a": .numbers(fit.law.a), "c": .numbers(fit.law.c)],
        "covariance": .list(
          (0..<width).map { .numbers(fit.covariance[$0 * width..<($0 + 1) * width]) }),
        "train_error": .number(fit.trainError), "test_error": .number(fit.testError),
        "model_error": .number(fit.modelError),
        "misfit": .text(isDirect ? Misfit.strain.rawValue : law.options.misfit.rawValue),
        "boundary": .text(isDirect ? "none" : law.options.boundary.rawValue),
        "errors": .list(
          fits.map {
            [
              "terms": .integer($0.law.terms), "train": .number($0.trainError),
              "test": .number($0.testError),
            ]
          }),
      ]
    }
    var result: [String: JSONValue] = [
      "models": .object(models), "selected_model": .text(law.selectedModel.rawValue),
      "selected_terms": .integer(law.selectedTerms),
      "pixels": .integer(law.particles.reduce(0) { $0 + $1.valid }),
      "masked": .integer(law.particles.reduce(0) { $0 + $1.masked }),
      "filled": .integer(law.particles.reduce(0) { $0 + $1.filled }),
      "largest_share": .number(law.particles.map(\.largestShare).max() ?? 0),
      "train": .list(law.particles.filter(\.isTraining).map { .text($0.image.name) }),
      "test": .list(law.particles.filter { !$0.isTraining }.map { .text($0.image.name) }),
    ]
    if let fit = law.selected(law.selectedModel) {
      result["law"] = curves(LawCurves(fit, derivative: false))
      result["expansion"] = curves(LawCurves(fit, derivative: true))
    }
    return result
  }

  private static func curves(_ curves: LawCurves) -> JSONValue {
    .object(
      Dictionary(uniqueKeysWithValues: curves.columns.map { ($0.name, .numbers($0.values)) }))
  }
}
