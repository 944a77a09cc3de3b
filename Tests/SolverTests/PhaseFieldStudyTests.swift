import XCTest

/// Table E of the verification in its reduced form.
///
/// Collective.
final class PhaseFieldStudyTests: XCTestCase {
  func testE1Orders() throws { try runStudy("E1") }

  func testE2FlatBoundary() throws { try runStudy("E2") }

  func testE4Conservation() throws { try runStudy("E4") }

  func testE5Benchmark() throws { try runStudy("E5") }

  func testE7Cavity() throws { try runStudy("E7") }

  func testE8aVoidAtTheStart() throws { try runStudy("E8a") }

  func testE8bVoidRelaxed() throws { try runStudy("E8b") }

  func testE8cResidualStrain() throws { try runStudy("E8c") }

  func testE8dStatement() throws { try runStudy("E8d") }

  func testE9IsotropicPenalty() throws { try runStudy("E9") }
}
