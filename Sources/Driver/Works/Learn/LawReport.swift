// SPDX-License-Identifier: Apache-2.0

import Inversion
import Parallel

/// What `learn` says on stdout.
///
/// The law is the averaged one; that of the number of terms which the Bayesian criterion chooses stands
/// beside it, so that what averaging changes is seen. Strains are in per cent, as papers print them.
enum LawReport {
  static func show(_ result: LearnResult, on console: Console) {
    let (law, sensitivity) = (result.law, result.sensitivity)
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
      "\(law.selectedModel.rawValue): the Bayesian criterion chooses N = \(law.selectedTerms) terms of "
        + "L_n(2X-1) - L_n(\(formatted(2 * law.law.law.reference - 1, significant: 6))); held out: \(law.heldOutGround)"
    )
    console.line("")
    console.line(
      law.options.isAveraged
        ? "the law: \(law.law.law.terms) terms, averaged over their prior by evidence"
        : "the law: N = \(law.law.law.terms), without a prior")
    console.table(curveTable(law))
    if law.options.isAveraged {
      console.line("")
      console.table(shareTable(law.law))
    }
    console.line("")
    console.table(noiseTable(law))
    console.line(
      "the noise of the composition changes the expansion coefficient by "
        + "\(Table.number(100 * law.attenuation, digits: 2)) %, "
        + (law.isAttenuationCorrected ? "corrected" : "not corrected"))
    if !sensitivity.isEmpty {
      console.line("")
      var table = Table("stiffness", "change of f'_a [%]", "change of f'_c [%]")
      for row in sensitivity {
        table.add(
          row.change, Table.number(100 * row.a, digits: 3), Table.number(100 * row.c, digits: 3))
      }
      console.table(table)
    }
    console.result(result.row)
  }

  /// The expansion coefficient with its bands at a few compositions, beside that of the chosen N.
  private static func curveTable(_ law: LearnedLaw) -> Table {
    let chosen = "N = \(law.selectedTerms)"
    var table = Table(
      "X", "f'_a [%]", "± (95 %)", "\(chosen) a", "±", "f'_c [%]", "± (95 %)", "\(chosen) c", "±",
      "pixels")
    let curves = law.law.curves(derivative: true)
    let fit =
      law.selected(law.selectedModel).map {
        LawCurves($0.law, $0.covariance, derivative: true)
      } ?? curves
    for index in stride(from: 0, through: 100, by: 10) {
      let x = curves.composition[index]
      table.add(
        Table.number(x), Table.number(100 * curves.a[index], digits: 5),
        Table.number(100 * (curves.aUpper[index] - curves.a[index]), digits: 2),
        Table.number(100 * fit.a[index], digits: 5),
        Table.number(100 * (fit.aUpper[index] - fit.a[index]), digits: 2),
        Table.number(100 * curves.c[index], digits: 5),
        Table.number(100 * (curves.cUpper[index] - curves.c[index]), digits: 2),
        Table.number(100 * fit.c[index], digits: 5),
        Table.number(100 * (fit.cUpper[index] - fit.c[index]), digits: 2),
        String(law.histogram.pixels(near: x, within: 0.05)))
    }
    return table
  }

  /// What of each coefficient the data say.
  private static func shareTable(_ law: FittedLaw) -> Table {
    let terms = law.law.terms
    var table = Table("term", "a", "± (sd)", "data's share [%]", "c", "± (sd)", "data's share [%]")
    for term in 0..<terms {
      func deviation(_ place: Int) -> Double {
        max(0, law.covariance[place * (2 * terms + 1)]).squareRoot()
      }
      table.add(
        String(term + 1), Table.number(law.law.a[term], digits: 4),
        Table.number(deviation(term), digits: 2),
        Table.number(100 * law.dataShare[term], digits: 3),
        Table.number(law.law.c[term], digits: 4), Table.number(deviation(terms + term), digits: 2),
        Table.number(100 * law.dataShare[terms + term], digits: 3))
    }
    return table
  }

  /// The noise that the selected model leaves over.
  private static func noiseTable(_ law: LearnedLaw) -> Table {
    var table = Table(
      "particle", "noise e_aa [%]", "e_cc [%]", "e_ac [%]", "rotation [mrad]",
      "correlation [pixel]", "composition", "smeared [pixel]", "from")
    for particle in law.particles {
      guard let noise = particle.noise else { continue }
      let percent = noise.levels[..<3].map { Table.number(100 * $0, digits: 3) }
      table.add(
        particle.image.name, percent[0], percent[1], percent[2],
        noise.levels[3] > 0 ? Table.number(1000 * noise.levels[3], digits: 3) : Table.nothing,
        Table.number(noise.correlationLength, digits: 3),
        Table.number(noise.composition, digits: 2),
        Table.number(noise.compositionWidth, digits: 2), noise.compositionSource)
    }
    return table
  }

  private static func list(_ values: [Double]) -> String {
    "[" + values.map { formatted($0, significant: 6) }.joined(separator: ", ") + "]"
  }

  /// How many pixels of each particle speak, and how much the most influential one does.
  private static func particleTable(_ law: LearnedLaw) -> Table {
    var table = Table(
      "particle", "role", "pixels", "left out", "rejected", "filled", "unknowns",
      "largest share [%]")
    for particle in law.particles {
      table.add(
        particle.image.name, particle.isTraining ? "train" : "test", String(particle.valid),
        String(particle.masked), String(particle.rejected), String(particle.filled),
        String(particle.unknowns),
        Table.number(100 * particle.largestShare, digits: 3))
    }
    return table
  }

  /// Errors and criteria of each number of terms.
  private static func errorTable(_ law: LearnedLaw) -> Table {
    var table = Table(
      "model", "N", "train error [%]", "test error [%]", "all [%]", "held out [%]",
      "less chosen N", "±", "AIC", "BIC", "ln evidence")
    for (model, fits) in law.fits {
      // Only differences of criteria mean something: they count from the chosen number of terms.
      let chosen = fits.first { $0.law.terms == law.selectedTerms }?.criterion
      for fit in fits {
        let judge = fit.criterion
        table.add(
          model.rawValue, String(fit.law.terms), Table.number(100 * fit.trainError),
          Table.number(100 * fit.testError), Table.number(100 * fit.modelError),
          Table.number(100 * (fit.heldOut?.error ?? .nan)),
          Table.number(100 * (fit.heldOut?.difference ?? .nan), digits: 2),
          Table.number(100 * (fit.heldOut?.standardError ?? .nan), digits: 2),
          Table.number((judge?.aic ?? .nan) - (chosen?.aic ?? .nan), digits: 5),
          Table.number((judge?.bic ?? .nan) - (chosen?.bic ?? .nan), digits: 5),
          Table.number((judge?.logEvidence ?? .nan) - (chosen?.logEvidence ?? .nan), digits: 5))
      }
    }
    return table
  }

  /// The object of docs/formats.md: numbers as the law's file has them, not rounded for reading.
  fileprivate static func json(_ law: LearnedLaw) -> [String: JSONValue] {
    var models: [String: JSONValue] = [:]
    for (model, fits) in law.fits {
      guard let fit = law.selected(model) else { continue }
      // A model without equilibrium has neither a boundary nor a choice of misfit.
      let isDirect = !model.obeysEquilibrium
      let width = 2 * fit.law.terms
      models[model.rawValue] = [
        "terms": .integer(fit.law.terms),
        "coefficients": ["a": .numbers(fit.law.a), "c": .numbers(fit.law.c)],
        "covariance": .list(
          (0..<width).map { .numbers(fit.covariance[$0 * width..<($0 + 1) * width]) }),
        "naive_covariance": .list(
          (0..<width).map { .numbers(fit.naiveCovariance[$0 * width..<($0 + 1) * width]) }),
        "discretisation": .numbers(fit.discretisation),
        "train_error": .number(fit.trainError), "test_error": .number(fit.testError),
        "model_error": .number(fit.modelError),
        "misfit": .text(isDirect ? Misfit.strain.rawValue : law.options.misfit.rawValue),
        "boundary": .text(isDirect ? "none" : law.options.boundary.rawValue),
        "errors": .list(
          fits.map { fit in
            .object(
              Dictionary(
                uniqueKeysWithValues: [("terms", .integer(fit.law.terms))]
                  + FittedModel.columns.map { ($0.name, .number($0.value(fit))) }))
          }),
      ]
    }
    var result: [String: JSONValue] = [
      "models": .object(models), "selected_model": .text(law.selectedModel.rawValue),
      "selected_terms": .integer(law.selectedTerms),
      "pixels": .integer(law.particles.reduce(0) { $0 + $1.valid }),
      "masked": .integer(law.particles.reduce(0) { $0 + $1.masked }),
      "rejected": .integer(law.particles.reduce(0) { $0 + $1.rejected }),
      "filled": .integer(law.particles.reduce(0) { $0 + $1.filled }),
      "largest_share": .number(law.particles.map(\.largestShare).max() ?? 0),
      "train": .list(law.particles.filter(\.isTraining).map { .text($0.image.name) }),
      "test": .list(law.particles.filter { !$0.isTraining }.map { .text($0.image.name) }),
    ]
    result["reference_composition"] = .number(law.law.law.reference)
    result["held_out_ground"] = .text(law.heldOutGround)
    result["composition_histogram"] = [
      "edges": .numbers(law.histogram.edges), "counts": .numbers(law.histogram.counts),
    ]
    result["weighs_by_sigma"] = .bool(law.weighsBySigma)
    result["attenuation"] = .number(law.attenuation)
    result["attenuation_corrected"] = .bool(law.isAttenuationCorrected)
    result["noise"] = .object(
      Dictionary(
        uniqueKeysWithValues: law.particles.compactMap { particle in
          particle.noise.map { noise in
            (
              particle.image.name,
              [
                "levels": .numbers(noise.levels),
                "correlation_pixels": .number(noise.correlationLength),
                "composition": .number(noise.composition),
                "composition_smeared_pixels": .number(noise.compositionWidth),
                "composition_from": .text(noise.compositionSource),
              ]
            )
          }
        }))
    let terms = law.law.law.terms
    var own = curves(law.law.curves(derivative: false))
    own["coefficients"] = ["a": .numbers(law.law.law.a), "c": .numbers(law.law.law.c)]
    own["covariance"] = .list(
      (0..<2 * terms).map {
        .numbers(law.law.covariance[$0 * 2 * terms..<($0 + 1) * 2 * terms])
      })
    own["data_share"] = [
      "a": .numbers(law.law.dataShare[..<terms]), "c": .numbers(law.law.dataShare[terms...]),
    ]
    result["law"] = .object(own)
    result["expansion"] = .object(curves(law.law.curves(derivative: true)))
    return result
  }

  private static func curves(_ curves: LawCurves) -> [String: JSONValue] {
    Dictionary(uniqueKeysWithValues: curves.columns.map { ($0.name, .numbers($0.values)) })
  }
}

extension LearnResult {
  var row: [String: JSONValue] {
    var row = LawReport.json(law)
    if !sensitivity.isEmpty {
      row["sensitivity"] = .object(
        Dictionary(
          uniqueKeysWithValues: sensitivity.map {
            ($0.change, ["a": .number($0.a), "c": .number($0.c)])
          }))
    }
    return row
  }
}
