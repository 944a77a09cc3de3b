// SPDX-License-Identifier: Apache-2.0

/// A command on a stack that is damaged, and how it must end.
struct StackRow {
  /// The words after `vegard`.
  let arguments: [String]
  /// How it must end.
  let code: Int32
  /// What its message must say; of a run that works, what its warnings must say.
  let words: [String]
  /// Numbers that the JSON of a run that works must hold.
  let counts: [String: Int]

  private init(_ arguments: [String], _ code: Int32, _ words: [String], _ counts: [String: Int]) {
    self.arguments = arguments
    self.code = code
    self.words = words
    self.counts = counts
  }

  /// A stack that `learn` refuses.
  static func learn(
    _ stack: String, _ options: [String] = [], code: Int32 = 2, says words: [String]
  ) -> StackRow {
    StackRow(
      ["learn", stack, "--terms", "2", "-o", "out.h5", "--quiet"] + options, code, words, [:])
  }

  /// A stack that `learn` makes do with.
  static func works(
    _ stack: String, _ options: [String] = [], says words: [String] = [],
    counts: [String: Int]
  ) -> StackRow {
    StackRow(
      ["learn", stack, "--terms", "2", "-o", "out.h5", "--format", "json"] + options, 0, words,
      counts)
  }

  /// Another command that refuses.
  static func refuse(
    _ arguments: [String], code: Int32 = 2, says words: [String]
  ) -> StackRow {
    StackRow(arguments + ["--quiet"], code, words, [:])
  }

  /// The rows; add one for each new way in which an image can be wrong.
  static let all: [StackRow] =
    missing + shapes + pixels + sizes + compositions + files + names + outputs + imports

  /// The first row of each command and code.
  static let oneOfEachEnd: [StackRow] = {
    var seen: Set<String> = []
    return all.filter { seen.insert("\($0.arguments[0]) \($0.code)").inserted }
  }()

  private static let missing: [StackRow] = [
    .learn("no_mask.h5", says: ["no_mask.h5", "particle P", "mask", "missing"]),
    .learn(
      "no_composition.h5", says: ["no_composition.h5", "particle P", "composition", "missing"]),
    .learn("no_e_cc.h5", says: ["particle P", "dataset e_cc is missing"]),
    .learn("no_e_ac.h5", says: ["particle P", "dataset e_ac is missing", "e_aa"]),
    .learn("no_rotation.h5", ["--misfit", "gradient"], says: ["dataset rotation is missing"]),
    .works("no_rotation.h5", counts: ["pixels": 96]),
    .learn("bare.h5", says: ["bare.h5", "no particle"]),
  ]

  private static let shapes: [StackRow] = [
    .learn("shapes.h5", says: ["dataset e_ac", "[8, 11]", "[8, 12]"]),
    .learn("line.h5", says: ["mask", "[96]", "(ny, nx)"]),
    .learn(
      "good.h5", ["--composition", "swapped.h5"],
      says: ["swapped.h5", "[12, 8]", "[8, 12]", "good.h5"]),
    .learn(
      "good.h5", ["--composition", "no_composition.h5"],
      says: ["no_composition.h5", "composition", "missing"]),
  ]

  private static let pixels: [StackRow] = [
    .works("nan.h5", counts: ["pixels": 91, "masked": 5, "filled": 0]),
    .works("lines.h5", counts: ["pixels": 72, "masked": 24, "filled": 0]),
    .works("hole.h5", counts: ["pixels": 90, "masked": 6, "filled": 6]),
    .works(
      "lines.h5", ["--misfit", "displacement", "--boundary", "measured"],
      counts: ["pixels": 72, "masked": 24]),
    .learn("dead.h5", says: ["particle P", "no pixel", "e_cc"]),
    .learn("blind.h5", says: ["blind.h5", "composition", "no finite value"]),
    .learn("empty.h5", says: ["particle P", "mask is empty"]),
    .learn("pixel.h5", says: ["particle P", "one pixel"]),
    .works(
      "parts.h5", says: ["warning: ", "particle P", "3 disconnected parts"], counts: ["pixels": 80]),
    .works(
      "parts.h5", ["--misfit", "displacement"], says: ["3 disconnected parts"],
      counts: ["pixels": 80]),
    .learn(
      "unfilled.h5", says: ["particle P", "composition", "one of the mask's 2 disconnected parts"]),
  ]

  private static let sizes: [StackRow] = [
    .learn("unsized.h5", says: ["particle P", "pixel_size is missing", "nm"]),
    .learn("zero.h5", says: ["particle P", "pixel_size is 0", "positive"]),
    .learn("negative.h5", says: ["particle P", "pixel_size is -50", "positive"]),
    .learn("nansize.h5", says: ["particle P", "pixel_size is nan", "positive"]),
  ]

  private static let compositions: [StackRow] = [
    .learn("levels.h5", says: ["composition", "2 levels", "2 terms", "at least 3", "--terms 1"]),
    .works("levels.h5", ["--terms", "1"], counts: ["pixels": 96]),
    .learn("equal.h5", says: ["composition", "same in all"]),
    .learn("reference.h5", says: ["composition", "same in all"]),
    .learn(
      "near.h5", ["--terms", "3", "--model", "m0"],
      says: ["singular design", "3 terms", "coefficient", "a2", "c2", "--terms"]),
    .learn("near.h5", ["--terms", "3"], says: ["singular design", "coefficient"]),
    .works("layers.h5", counts: ["pixels": 96]),
    .learn(
      "layers.h5", ["--misfit", "displacement", "--boundary", "measured"],
      says: ["singular design", "2 terms", "coefficients a1, c1", "--terms"]),
  ]

  private static let files: [StackRow] = [
    .learn("half.h5", says: ["half.h5", "truncated"]),
    .learn("head.h5", says: ["head.h5", "truncated"]),
    .learn("text.h5", says: ["text.h5", "not an HDF5 file"]),
    .learn("nothing.h5", says: ["nothing.h5", "not an HDF5 file"]),
    .learn("newer.h5", says: ["newer.h5", "version", "3", "expected", "2", "newer"]),
    .learn("foreign.h5", says: ["foreign.h5", "format", "missing", "chemomech-images", "import"]),
    .learn("law.h5", says: ["law.h5", "vegard-law", "chemomech-images"]),
    .learn("none.h5", code: 4, says: ["none.h5", "no such file"]),
    .learn("good.h5", ["--composition", "none.h5"], code: 4, says: ["none.h5", "no such file"]),
  ]

  private static let names: [StackRow] = [
    .learn("pair.h5", ["--train", "R"], says: ["no particle R", "P, Q"]),
    .learn("pair.h5", ["--train", "P", "--test", "Z"], says: ["no particle Z", "P, Q"]),
    .learn("pair.h5", ["--train", "P", "--test", "P"], says: ["particle P", "train and test"]),
    .learn("pair.h5", ["--test", "P,Q"], says: ["no particle to train on", "--train"]),
    .learn("tests.h5", says: ["no particle to train on", "--train"]),
    .learn("role.h5", says: ["particle P", "role", "trian", "train or test"]),
    .learn(
      "pair.h5", ["good.h5"], says: ["particle P", "pair.h5", "good.h5", "names must differ"]),
  ]

  private static let outputs: [StackRow] = [
    .learn("good.h5", ["-o", "pair.h5"], says: ["pair.h5", "exists", "--force"]),
    .learn("good.h5", ["-o", "good.h5", "--force"], says: ["good.h5", "input"]),
    .learn("good.h5", ["-o", "none/out.h5"], code: 4, says: ["none/out.h5", "directory"]),
    // Not even root can write there.
    .learn("good.h5", ["-o", "/proc/out.h5"], code: 4, says: ["/proc/out.h5", "cannot write"]),
  ]

  private static let imports: [StackRow] = [
    .refuse(["import", "shapes.h5", "-o", "out.h5"], says: ["shapes.h5", "[8, 11]", "[8, 12]"]),
    .refuse(["import", "empty.h5", "-o", "out.h5"], says: ["empty.h5", "mask", "empty"]),
    .refuse(["import", "unsized.h5", "-o", "out.h5"], says: ["pixel_size", "--pixel-size"]),
    .refuse(["import", "zero.h5", "-o", "out.h5"], says: ["zero.h5", "pixel", "0"]),
    .refuse(["import", "negative.h5", "-o", "out.h5"], says: ["negative.h5", "pixel", "-50"]),
    .refuse(
      ["import", "unsized.h5", "--pixel-size", "-5 nm", "-o", "out.h5"],
      says: ["--pixel-size", "-5"]),
    .refuse(["import", "half.h5", "-o", "out.h5"], says: ["half.h5", "truncated"]),
    .refuse(["import", "newer.h5", "-o", "out.h5"], says: ["newer.h5", "version is 3", "newer"]),
    .refuse(["import", "foreign.h5", "-o", "out.h5"], says: ["foreign.h5", "--map"]),
    .refuse(["import", "role.h5", "-o", "out.h5"], says: ["role", "trian", "train or test"]),
    .refuse(["import", "bare.h5", "-o", "out.h5"], says: ["bare.h5", "without particles"]),
    .refuse(["import", "pair.h5", "--particle", "R", "-o", "out.h5"], says: ["pair.h5", "R"]),
    .refuse(["import", "good.h5", "-o", "pair.h5"], says: ["pair.h5", "exists", "--force"]),
    .refuse(["import", "good.h5", "--append", "-o", "law.h5"], says: ["law.h5", "vegard-law"]),
    .refuse(
      ["import", "good.h5", "-o", "/proc/out.h5"], code: 4, says: ["/proc/out.h5", "cannot write"]),
    .refuse(["inspect", "half.h5"], says: ["half.h5", "truncated"]),
    .refuse(["inspect", "none.h5"], code: 4, says: ["none.h5", "no such file"]),
  ]
}
