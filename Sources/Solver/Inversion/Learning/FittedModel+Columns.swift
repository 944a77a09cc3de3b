// SPDX-License-Identifier: Apache-2.0

import Formats

extension FittedModel {
  /// What is told for each number of terms.
  public struct Column: Sendable {
    let dataset: FileFormat.Dataset
    /// The name it is stored and printed under.
    public var name: String { dataset.name }
    /// The number of a fit.
    public let value: @Sendable (FittedModel) -> Double

    init(
      _ name: String, _ meaning: String, as presence: FileFormat.Presence = .optional,
      _ value: @escaping @Sendable (FittedModel) -> Double
    ) {
      dataset = FileFormat.Dataset(name, ["K"], presence, meaning)
      self.value = value
    }
  }

  /// The columns of the table of errors by number of terms.
  public static let columns: [Column] = [
    Column("train", "mean strain error, training particles", as: .always, \.trainError),
    Column("test", "mean strain error, test particles", \.testError),
    Column("held_out", "mean strain error on pixels held out; NaN for other models") {
      $0.heldOut?.error ?? .nan
    },
    Column("held_out_difference", "the same less that of the chosen N") {
      $0.heldOut?.difference ?? .nan
    },
    Column("held_out_sd", "standard error of that difference") {
      $0.heldOut?.standardError ?? .nan
    },
    Column("remainder", "squared residual in units of its spread") {
      $0.criterion?.remainder ?? .nan
    },
    Column("aic", "Akaike's criterion: the remainder plus 4N") { $0.criterion?.aic ?? .nan },
    Column("bic", "Bayesian criterion, which N is chosen by") { $0.criterion?.bic ?? .nan },
    Column("log_evidence", "ln evidence under the prior") { $0.criterion?.logEvidence ?? .nan },
  ]
}
