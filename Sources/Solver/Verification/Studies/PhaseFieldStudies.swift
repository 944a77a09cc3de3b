// SPDX-License-Identifier: Apache-2.0

/// Rows of table E of the verification: the phase field.
enum PhaseFieldStudies {
  static let all = [
    Study("E1", "orders in time and space on manufactured solutions, ranks", run: order),
    Study("E2", "equilibrium profile and tension of a flat boundary", run: profile),
    Study("E4", "lithium content, energy and bounds of a coarsening run", run: conservation),
    Study("E5", "PFHub benchmarks 1b and 1c: spinodal decomposition without flux", run: benchmark),
    Study("E6", "PFHub benchmark 4: a precipitate with an elastic misfit", run: precipitate),
    Study(
      "E5s", "PFHub benchmarks 1a and 1b by the spectral solver",
      run: fieldBenchmark),
    Study("E7", "spherical cavity under uniaxial stress: volume fractions", run: cavity),
    Study("E8a", "particle with a void: elastic equilibrium of the start", run: voidStart),
    Study("E8b", "particle with a void: relaxed", run: voidRelaxed),
    Study("E8c", "particle with a void: b-averaged residual strain", run: columnResidual),
    Study(
      "E8d", "particle with a void: b-averaged coherency strain below 0.6 %", run: statement),
    Study(
      "E9", "particle with a void: isotropic gradient penalty against κ_b = 100 κ", run: isotropy),
    Study("E11", "steps and rejections in other units of time", run: timeUnits),
    Study("E12", "local error and its estimate, order of the global error", run: stepError),
    Study("E13", "from noise in the spinodal to a stable equilibrium", run: stability),
    Study("E14", "decay of a cosine in a dilute phase", run: dilution),
    Study("E15", "growth with coherency; laminate and inclusions", run: coherency),
    Study("E16", "grids of every shape: elastic equilibrium and three steps", run: gridShapes),
  ]
}
