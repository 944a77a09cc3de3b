// SPDX-License-Identifier: Apache-2.0

/// What is wrong at one key of a case file.
struct CaseError: Error {
  /// The keys from the top to the place.
  var path: [String]
  /// What was found and what was expected.
  var problem: String

  init(_ path: [String], _ problem: String) {
    self.path = path
    self.problem = problem
  }

  init(_ path: [any CodingKey], _ problem: String) {
    self.init(path.map(\.stringValue), problem)
  }
}
