// swift-tools-version: 6.2
import PackageDescription

// The names of the pkg-config files differ between systems: a cluster sets these variables
// (see cmake-helpers), Debian 12 needs none of them.
func pkgConfig(_ variable: String, _ standard: String) -> String {
  Context.environment[variable] ?? standard
}

let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]
// Parallel alone is built without it: there `unsafe` would stand on nearly every line.
let strict = common + [.strictMemorySafety()]

let package = Package(
  name: "Vegard",
  products: [.executable(name: "vegard", targets: ["Driver"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CMPI", pkgConfig: pkgConfig("VEGARD_MPI_PC", "ompi-c")),
    .systemLibrary(name: "CHDF5", pkgConfig: pkgConfig("VEGARD_HDF5_PC", "hdf5-openmpi")),
    .systemLibrary(name: "CPETSc", pkgConfig: pkgConfig("VEGARD_PETSC_PC", "PETSc")),
    .systemLibrary(name: "CVector"),
    .target(name: "Numerics", swiftSettings: strict),
    .target(name: "Physics", dependencies: ["Numerics"], swiftSettings: strict),
    .target(
      name: "Parallel", dependencies: ["CPETSc", "CMPI", "CHDF5"], swiftSettings: common),
    .target(
      name: "Solver", dependencies: ["Numerics", "Physics", "Parallel", "CVector"],
      swiftSettings: strict),
    .executableTarget(
      name: "Driver",
      dependencies: [
        "Solver", "Physics", "Numerics", "Parallel",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    // The session of the test process: MPI starts only once, and all test targets share a process.
    .target(
      name: "TestSupport", dependencies: ["Parallel"], path: "Tests/TestSupport",
      swiftSettings: common),
    .testTarget(
      name: "NumericsTests", dependencies: ["Numerics", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "PhysicsTests", dependencies: ["Physics", "Numerics", "TestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "ParallelTests", dependencies: ["Parallel", "TestSupport", "CPETSc"],
      swiftSettings: common),
    .testTarget(
      name: "SolverTests",
      dependencies: ["Solver", "Physics", "Numerics", "Parallel", "TestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "DriverTests", dependencies: ["Driver", "Solver", "Parallel", "TestSupport"],
      swiftSettings: common),
    .testTarget(name: "ArchitectureTests", swiftSettings: common),
  ]
)
