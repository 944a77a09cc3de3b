// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// The mean strain of a periodic box, where it is imposed.
struct MeanStrainKeys: CaseMapping {
  private(set) var values = BoxLoad.Components()

  static var fields: [CaseField<MeanStrainKeys>] {
    [
      .init("aa", optional: \.values.aa, .share, unless: "free", "along a"),
      .init("cc", optional: \.values.cc, .share, unless: "free", "along c"),
      .init("ac", optional: \.values.ac, .share, unless: "free", "tensor shear"),
    ]
  }

  /// The components that are given.
  var given: [String] { values.given }
}

/// The mean stress of a periodic box, in eV/nm³.
struct MeanStressKeys: CaseMapping {
  private(set) var values = BoxLoad.Components()

  static var fields: [CaseField<MeanStressKeys>] {
    let stress = CaseForm.quantity(.stress, "eV/nm3")
    return [
      .init("aa", optional: \.values.aa, stress, unless: "none", "along a, tension positive"),
      .init("cc", optional: \.values.cc, stress, unless: "none", "along c"),
      .init("ac", optional: \.values.ac, stress, unless: "none", "shear"),
    ]
  }

  /// The components that are given.
  var given: [String] { values.given }
}

extension BoxLoad.Components {
  fileprivate var given: [String] {
    [("aa", aa), ("cc", cc), ("ac", ac)].filter { $0.1 != nil }.map(\.0)
  }
}
