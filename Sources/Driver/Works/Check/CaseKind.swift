// SPDX-License-Identifier: Apache-2.0

import Yams

/// The kinds of YAML file that Vegard reads, told apart by their keys.
enum CaseKind: String, CaseIterable {
  case material, simulate, dislocation, diffract, image

  /// All keys of the kind.
  private var names: [String] {
    switch self {
    case .material: MaterialFile.names
    case .simulate: Set(SimulationText.names + EnsembleText.names).sorted()
    case .dislocation: DislocationText.names
    case .diffract: DiffractCase.names
    case .image: SpecimenText.names
    }
  }

  /// The kind that knows most of a text's keys; a material where none does.
  init(of text: String) {
    let root = try? Yams.compose(yaml: text)
    let found = root?.mapping?.keys.compactMap(\.string) ?? []
    func count(_ kind: CaseKind) -> Int { found.count { kind.names.contains($0) } }
    self = CaseKind.allCases.reduce(.material) { count($1) > count($0) ? $1 : $0 }
  }
}
