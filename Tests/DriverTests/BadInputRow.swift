// SPDX-License-Identifier: Apache-2.0

/// A command line that must be refused.
struct BadInputRow {
  /// The words after `vegard`.
  let arguments: [String]
  /// How it must end.
  let code: Int32
  /// What the message must say.
  let words: [String]
  /// Whether to try it under mpirun, too.
  let isTriedInParallel: Bool

  init(_ arguments: [String], _ code: Int32, _ words: [String], inParallel: Bool = false) {
    self.arguments = arguments
    self.code = code
    self.words = words
    isTriedInParallel = inParallel
  }

  /// The files that the rows find in their directory.
  static let files = [
    "bare.yaml": BadInputRow.material(c11: "157.4"),
    "unit.yaml": BadInputRow.material(c11: "157.4 nm"),
    "soft.yaml": BadInputRow.material(c11: "-157.4 GPa"),
    "key.yaml": BadInputRow.material(c11: "157.4 GPa").replacing("lattice", with: "latice"),
    "twice.yaml": BadInputRow.material(c11: "157.4 GPa") + "name: again\n",
    "empty.yaml": "",
    "list.yaml": "- 1\n- 2\n",
    "broken.yaml": "name: [1, 2\n",
    "not.h5": "this is no HDF5 file\n",
    "there": "something\n",
    "case.yaml": BadInputRow.particle(""),
    "apart.yaml": BadInputRow.particle(
      "voids: [{box: {a: 80 nm, c: 40 nm, size: {a: 20 nm, c: 100 nm}}}]"),
    "sise.yaml": BadInputRow.particle("").replacing("size", with: "sise"),
  ]

  /// The rows; add one for each new way to be wrong.
  static let all = [
    BadInputRow([], 2, ["no command", "--help"], inParallel: true),
    BadInputRow(["chekc"], 2, ["unknown command 'chekc'", "'check'"], inParallel: true),
    BadInputRow(["help", "chekc"], 2, ["'check'"]),
    BadInputRow(["--helpp"], 2, ["'--help'"]),
    BadInputRow(["check"], 2, ["<FILE>", "vegard check --help"]),
    BadInputRow(["check", "lfp", "more"], 2, ["more"]),
    BadInputRow(["check", "lfp", "--formt", "json"], 2, ["'--formt'", "'--format'"]),
    BadInputRow(["check", "lfp", "--format", "jsno"], 2, ["jsno", "json"]),
    BadInputRow(["check", "lfp", "--petsc", "foo"], 2, ["foo", "-ksp_monitor"]),
    BadInputRow(["plot", "--pfd"], 2, ["'--pfd'", "'--pdf'"]),
    BadInputRow(["check", "lfp", "--log-file", "none/log"], 4, ["none/log"], inParallel: true),
    BadInputRow(["check", "none.yaml"], 4, ["none.yaml", "no such file"], inParallel: true),
    BadInputRow(["check", "."], 4, ["directory"]),
    BadInputRow(
      ["check", "bare.yaml"], 2, ["bare.yaml", "line 3", "stiffness.C11", "157.4", "GPa"],
      inParallel: true),
    BadInputRow(["check", "unit.yaml"], 2, ["stiffness.C11", "nm", "GPa"]),
    BadInputRow(["check", "soft.yaml"], 2, ["stiffness", "positive definite"]),
    BadInputRow(["check", "key.yaml"], 2, ["latice", "lattice"]),
    BadInputRow(["check", "twice.yaml"], 2, ["twice.yaml", "name", "twice"]),
    BadInputRow(["check", "empty.yaml"], 2, ["empty.yaml"]),
    BadInputRow(["check", "list.yaml"], 2, ["list.yaml", "expected name"]),
    BadInputRow(["check", "broken.yaml"], 2, ["broken.yaml", "line", "YAML"]),
    BadInputRow(["check", "sise.yaml"], 2, ["sise.yaml", "\"sise\"", "\"size\""]),
    BadInputRow(["check", "apart.yaml"], 2, ["2 parts", "do not touch"], inParallel: true),
    BadInputRow(["check", "case.yaml", "--memory", "16"], 2, ["--memory", "16 GiB"]),
    BadInputRow(
      ["check", "case.yaml", "--memory", "1 MiB"], 2, ["needs about", "1 MiB"], inParallel: true),
    BadInputRow(["check", "case.yaml", "--ranks", "0"], 2, ["--ranks"]),
    BadInputRow(
      ["simulate", "case.yaml", "-o", "run.h5", "--memory", "1 MiB"], 2, ["needs about"]),
    BadInputRow(["simulate", "apart.yaml", "-o", "run.h5"], 2, ["2 parts"], inParallel: true),
    BadInputRow(
      ["simulate", "case.yaml", "-o", "run.h5", "--restart", "not.h5"], 2, ["not.h5", "HDF5"]),
    BadInputRow(["plot", "none.h5"], 4, ["none.h5", "no such file"], inParallel: true),
    BadInputRow(["plot", "not.h5", "-o", "new/pictures"], 2, ["not.h5"]),
    BadInputRow(["plot", "not.h5", "-o", "there"], 4, ["there"]),
    BadInputRow(["learn", "none.h5", "-o", "law.h5"], 4, ["none.h5"], inParallel: true),
    BadInputRow(["learn", "not.h5", "-o", "law.h5"], 2, ["not.h5", "HDF5"], inParallel: true),
    BadInputRow(["learn", "not.h5", "-o", "there"], 2, ["there", "--force"], inParallel: true),
    BadInputRow(["learn", "not.h5", "-o", "new/law.h5"], 4, ["new/law.h5", "directory"]),
    BadInputRow(["learn", "not.h5", "-o", "not.h5", "--force"], 2, ["not.h5", "input"]),
    BadInputRow(["learn", "not.h5"], 2, ["--output"]),
    BadInputRow(["learn", "not.h5", "-o", "law.h5", "--term", "2"], 2, ["'--term'", "'--terms'"]),
    BadInputRow(["learn", "not.h5", "-o", "law.h5", "--misfit", "stran"], 2, ["stran", "strain"]),
    BadInputRow(["learn", "not.h5", "-o", "law.h5", "--material", "none.yaml"], 4, ["none.yaml"]),
    BadInputRow(["import", "not.h5", "-o", "stack.h5"], 2, ["not.h5", "HDF5"], inParallel: true),
    BadInputRow(
      ["import", "not.h5", "-o", "stack.h5", "--pixel-size", "49.5"], 2, ["49.5", "no unit", "nm"]),
    BadInputRow(["inspect", "not.h5"], 2, ["not.h5", "HDF5"]),
    BadInputRow(["export", "not.h5", "--csv", "new/tables"], 2, ["not.h5"]),
    BadInputRow(["verify", "D99"], 2, ["D99", "--list"]),
    BadInputRow(["verify", "--refine", "0"], 2, ["--refine"]),
    BadInputRow(["verify", "--data", "none"], 4, ["none"]),
  ]

  private static func particle(_ more: String) -> String {
    "size: {a: 160 nm, c: 80 nm, b: 60 nm}\nelements: {a: 56, c: 28}\n\(more)\n"
  }

  private static func material(c11: String) -> String {
    """
    name: test
    stiffness:
      C11: \(c11)
      C22: 175.8 GPa
      C33: 154.0 GPa
      C44: 37.8 GPa
      C55: 49.05 GPa
      C66: 51.6 GPa
      C12: 51.2 GPa
      C13: 53.25 GPa
      C23: 32.7 GPa
    lattice: {a: 10.45 Å, b: 6.05 Å, c: 4.74 Å}
    eigenstrain: {a: 0.0505, b: 0.0346, c: -1.9 %}

    """
  }
}
