// SPDX-License-Identifier: Apache-2.0

public import Images
public import Parallel
public import Physics

/// How the learnt law depends on the stiffness that was assumed.
public enum StiffnessSensitivity {
  /// The law under one changed stiffness.
  public struct Row: Sendable {
    /// What was changed.
    public let change: String
    /// The relative rms change of f' along a.
    public let a: Double
    /// The relative rms change of f' along c.
    public let c: Double
  }

  /// Learns M1 again with each of the in-plane constants changed by 10 % either way, and with a
  /// stiffness that follows the composition between the pure phases.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - law: the law that the changes are measured from.
  ///   - stiffness: in three dimensions, as the fit used it.
  ///   - endMembers: the stiffness of the pure phases, where known.
  /// - Throws: what learning throws.
  public static func rows(
    of law: EigenstrainLaw, options: LearningOptions, stiffness: OrthotropicStiffness,
    endMembers: StiffnessRange?, train: [ParticleImage],
    communicator: Communicator, log: any RunLog
  ) throws(ParallelError) -> [Row] {
    var settings = options
    settings.models = [.m1]
    settings.terms = [law.terms]
    settings.hasBands = false
    var rows: [Row] = []
    let constants: [(String, WritableKeyPath<OrthotropicStiffness, Double>)] = [
      ("C11", \.c11), ("C22", \.c22), ("C33", \.c33), ("C55", \.c55), ("C12", \.c12),
      ("C13", \.c13), ("C23", \.c23),
    ]
    var cases: [(String, OrthotropicStiffness)] = []
    for (name, path) in constants {
      for factor in [1.1, 0.9] {
        var changed = stiffness
        changed[keyPath: path] *= factor
        cases.append(("\(name) \(factor > 1 ? "+" : "-")10 %", changed))
      }
    }
    if endMembers != nil { cases.append(("C(X) between the end members", stiffness)) }
    let work = WorkShare("sensitivity", total: Double(cases.count), log: log)
    for (index, (name, changed)) in cases.enumerated() {
      work.begin(1, name)
      settings.stiffness = changed.planeStress
      settings.endMembers = index < 2 * constants.count ? nil : endMembers
      let learnt = try Learner(settings, communicator: communicator, log: SilentLog()).learn(
        train: train, test: [])
      guard let other = learnt.selected(.m1)?.law else { continue }
      let change = componentChange(law, other)
      rows.append(Row(change: name, a: change.a, c: change.c))
    }
    work.end()
    return rows
  }

  private static func componentChange(
    _ law: EigenstrainLaw, _ other: EigenstrainLaw
  ) -> (a: Double, c: Double) {
    var sums = (a: 0.0, c: 0.0, sizeA: 0.0, sizeC: 0.0)
    for step in 0...100 {
      let mine = law.derivative(at: Double(step) / 100)
      let theirs = other.derivative(at: Double(step) / 100)
      sums.a += (mine.aa - theirs.aa) * (mine.aa - theirs.aa)
      sums.c += (mine.cc - theirs.cc) * (mine.cc - theirs.cc)
      sums.sizeA += mine.aa * mine.aa
      sums.sizeC += mine.cc * mine.cc
    }
    return ((sums.a / sums.sizeA).squareRoot(), (sums.c / sums.sizeC).squareRoot())
  }
}
