// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Diffraction
import Foundation
import Parallel
import Physics

/// Tells from diffraction lines which slip systems broaden them.
struct DiffractCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "diffract",
    abstract: "Find dislocation densities and slip systems from X-ray line profiles.",
    discussion: """
      Each line's restricted moments M2 and M4 give its effective dislocation density ρ* and the \
      crystallite size. The densities of slip systems that explain all ρ* follow by non-negative \
      least squares, with the set of densities that do so within the tolerance.

      A line's window is in the unit of its abscissa: two_theta (degrees, the default), q_per_nm or \
      q_per_angstrom (4π sin θ/λ), d_angstrom, or q (1/d in 1/nm). A file has columns of position, \
      intensity and possibly sigma; of more than three, the key columns says which. Give the pattern \
      with its background: it is fitted, and may bend or hold neighbours' tails, unless background: \
      flat. A line gets an interval and a reason instead of a number where tails or counts do not \
      suffice or the model does not describe them. Of faint lines those that come out large are \
      determined more often: selection_bias_per_um2 says by how much their ρ* is too large on average.

      Λ is the mean over all reflections that symmetry makes equivalent (average: none for one only). \
      The acceptable residual is 15 %, or what the lines' errors allow where that is more.

      CASE
        crystal: LiFePO4              # or FePO4, phases, or {cell, stiffness}
        wavelength: 0.4 Å
        instrument: {file: LaB6.xy, window: [7.1, 9.9], method: moments}  # or fourier
        fit: {start: 3, end: 20}      # in full widths at half maximum
        peaks:
          - {file: powder.xy, hkl: [1, 0, 1], window: [4.9, 6.2], background: fitted}
          - {hkl: [2, 1, 0], effective_density: 404 1/um2, sd: 40 1/um2}
        systems: labelled             # or olivine, labels, {label, burgers, …}
        candidates: [D, H, I, J]      # optional: only these
        fixed: {A: 100 1/um2}         # optional: given densities
        sensitivity: {D: 100 1/um2}   # optional: what more of a system does
        tolerance: 15 %               # optional
        average: equivalent           # or none
        sampling: {samples: 100000, chains: 8, thinning: 40, seed: 1}

      EXAMPLE
        vegard diffract examples/diffract-lfp.yaml -o diffraction.h5
      """)
  static let needsPETSc = false

  @Argument(help: ArgumentHelp("The case.", valueName: "CASE.yaml"))
  var file: String

  @Option(name: .shortAndLong, help: "Where the result goes.")
  var output: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func run(_ context: RunContext) throws(ParallelError) {
    let read = try CaseFile<DiffractCase>(file, communicator: context.communicator)
    let work = DiffractWork(read.value, in: file)
    DiffractReport.show(
      try context.perform(work, inputs: [file], output: output), on: context.console)
  }
}
