// SPDX-License-Identifier: Apache-2.0

public import Formats

extension Formats {
  /// All of them.
  public static let all = [stack, law, residual, run, ensemble, checkpoint, diffraction]

  /// The format that a file's root attribute names, or nil.
  public static func named(_ name: String) -> FileFormat? { all.first { $0.name == name } }

  /// The whole of `docs/formats.md`.
  public static var markdown: String {
    let opening = """
      # File formats

      Generated from the declarations `Formats+….swift` in `Sources`; do not edit. Presence: *always*,
      *written* (Vegard writes it, readers do without), *optional*, *former* (of the version before,
      which is read). Units: "1" is a ratio. A size may carry a factor (2N); one with a question mark
      is missing in a plane file, or in one of a single particle. Texts of attributes are UTF-8 of variable length.


      """
    return opening + all.map(\.markdown).joined(separator: "\n") + "\n# JSON results\n\n"
      + "With `--format json` standard output is one object with these keys; `<…>` stands for a\n"
      + "name, `[]` for the elements of a list.\n\n"
      + json.map(\.markdown).joined(separator: "\n")
  }
}
