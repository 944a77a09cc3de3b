// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// What `dislocation` prints for a single case.
  public static let dislocationResult = JSONFormat(
    command: "dislocation", keys: dislocationKeys(in: ""))

  /// What `dislocation` prints for several.
  public static let dislocationListResult = JSONFormat(
    command: "dislocation` with `cases", keys: dislocationKeys(in: "cases[]."))

  /// What `dislocation --paper-tables` prints.
  public static let dislocationTablesResult = JSONFormat(
    command: "dislocation --paper-tables",
    keys: [.init("markdown", .text, "Tables S2 and S3 beside the paper's")])

  private static func dislocationKeys(in owner: String) -> [JSONFormat.Key] {
    func key(
      _ name: String, _ content: JSONFormat.Content, optional: Bool = false, _ meaning: String
    ) -> JSONFormat.Key {
      .init(owner + name, content, optional: optional, meaning)
    }
    return [
      key("crystal", .text, "the crystal's name"),
      key("symmetry", .text, "crystal system, as given or inferred from cell and stiffness"),
      key("laue_group", .text, "Hermann and Mauguin's symbol"),
      key("character", .text, "edge, screw or mixed"),
      key("K_GPa", .number, "energy factor b·L·b/b²; the line energy is K b²/4π ln(R/r0)"),
      key("Kb2_nJ_per_m", .number, "K b²"),
      key("burgers_A", .number, "length of the Burgers vector [Å]"),
      key("roots", .rows, "the Stroh roots of the upper half plane: real, imaginary part"),
      key("average", .text, "none or equivalent"),
      key("contrast.<h k l>", .number, optional: true, "contrast factor of each reflection"),
      key("lambda.<h k l>", .number, optional: true, "(π/2) g² b² C, g = 1/d"),
      key("strain", .rows, "at each point: aa bb cc bc ac ab, tensor shear, crystal axes"),
      key("stress_GPa", .rows, "at each point, in the same order"),
      key("distortion", .rows, "at each point: ∂u_i/∂x_j by rows, nine numbers"),
      key("rotation", .rows, "at each point: the vector ½ ∇ × u [rad]"),
      key("displacement_A", .rows, "at each point; cut along −e1, angular part without mean"),
    ]
  }
}
