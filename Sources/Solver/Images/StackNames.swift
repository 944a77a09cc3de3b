// SPDX-License-Identifier: Apache-2.0

import Formats
package import Parallel

/// The names and units of the image stack, `chemomech-images`.
public enum StackNames {
  /// The texts that fix the meaning of the images, in every stack alike; the reference is another
  /// one where strain refers to another lattice.
  public static let rootTexts = [
    "image_axes":
      "array[row, col]; row index increases along crystal c, column index along crystal a",
    "reference": "LiFePO4 (X=1) is strain zero",
    "rotation": "radian, (d v_c/d a - d u_a/d c)/2",
    "shear": "e_ac is the tensor shear (half the engineering shear)",
  ]
  /// The text of the attribute `reference` for strain that is zero at a composition.
  public static func reference(_ composition: Double) -> String {
    composition == 1 ? rootTexts["reference"] ?? "" : "X = \(composition) is strain zero"
  }

  /// What keeps a text from being a particle's name, as "expected …"; nil where nothing does.
  public static func problem(particle name: String) -> String? {
    FileTree.problem(name: name)
  }

  /// Refuses a text that cannot be a particle's name.
  ///
  /// - Throws: ``ParallelError`` of kind `input`; `place` is for its message.
  package static func check(particle name: String, in place: String) throws(ParallelError) {
    guard let problem = problem(particle: name) else { return }
    throw ParallelError(
      .input, "\(place): the particle name \(name.debugDescription): \(problem)")
  }

  /// The image that a viewer shows first.
  static func signal(among datasets: some Collection<String>) -> String {
    Channel.allCases.map(\.rawValue).first { datasets.contains($0) } ?? ImageMap.mask.name
  }
}
