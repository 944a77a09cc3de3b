// SPDX-License-Identifier: Apache-2.0

import Diffraction
import Foundation
import Parallel

/// A case of `diffract` whose files lie beside it.
struct DiffractWork: Work {
  /// What is asked, paths taken from the case's folder.
  let question: PowderQuestion
  /// The patterns.
  let inputs: [String]
  let effectiveCase: String

  var seed: Int? { question.sampling.seed }

  /// The work of a case in the file `path`.
  init(_ written: DiffractCase, in path: String) {
    let directory = URL(filePath: path).deletingLastPathComponent().relativePath
    func place(_ path: String) -> String {
      path.hasPrefix("/") || directory == "." ? path : directory + "/" + path
    }
    var paths: [String] = []
    let requests = written.peaks.map { request in
      guard case .line(var line) = request.source else { return request }
      line.line.path = place(line.line.path)
      paths.append(line.line.path)
      if var instrument = line.instrument {
        instrument.line.path = place(instrument.line.path)
        paths.append(instrument.line.path)
        line.instrument = instrument
      }
      return PeakRequest(reflection: request.reflection, source: .line(line))
    }
    question = PowderQuestion(
      crystals: written.crystals, radiation: written.radiation, peaks: requests,
      systems: written.systems, isAveraged: written.isAveraged, candidates: written.candidates,
      fixed: written.fixed, sensitivity: written.sensitivity, weighting: written.weighting,
      tolerance: written.tolerance, sampling: written.sampling)
    inputs = paths
    effectiveCase = written.effective
  }

  func run(
    _ communicator: Communicator, log: any RunLog
  ) throws(ParallelError) -> DiffractResult {
    DiffractResult(
      powder: try question.answer(communicator, log: log), effectiveCase: effectiveCase)
  }
}

/// What `diffract` has found.
struct DiffractResult: WorkResult {
  let powder: PowderResult
  let effectiveCase: String

  func write(to file: borrowing OutputFile) throws(ParallelError) {
    try DiffractionWriter.write(powder, to: file)
  }
}
