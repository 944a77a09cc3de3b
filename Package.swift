// swift-tools-version: 6.2
import PackageDescription

// The names of the pkg-config files differ between systems: a cluster sets these variables
// (see cmake-helpers), Debian 12 needs none of them.
func pkgConfig(_ variable: String, _ standard: String) -> String {
  Context.environment[variable] ?? standard
}

// Of PETSc the build needs the headers only, since a session opens the library (PETScLibrary.swift).
// Debian's pkg-config file would link it; the folder is what update-alternatives calls petsc. A PETSc
// that cannot be opened, such as an archive, is linked with VEGARD_PETSC_LINKED=1.
let isPETScLinked = Context.environment["VEGARD_PETSC_LINKED"] == "1"
let petsc = Context.environment["VEGARD_PETSC_PC"] ?? (isPETScLinked ? "PETSc" : nil)
let petscFlags =
  (petsc == nil ? ["-Xcc", "-I/usr/lib/petsc/include"] : [])
  + (isPETScLinked ? ["-Xcc", "-DVEGARD_PETSC_LINKED"] : [])

let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
  .unsafeFlags(petscFlags),
]
// Parallel alone is built without it: there `unsafe` would stand on nearly every line.
let strict = common + [.strictMemorySafety()]

/// A room of the solver: a module in a folder of `Sources/Solver`.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Solver/\(name)", swiftSettings: strict)
}

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
    .systemLibrary(name: "CPETSc", pkgConfig: petsc),
    .systemLibrary(name: "CVector"),
    .target(name: "Numerics", swiftSettings: strict),
    .target(name: "Physics", dependencies: ["Numerics"], swiftSettings: strict),
    .target(
      name: "Parallel", dependencies: ["CPETSc", "CMPI", "CHDF5"], swiftSettings: common),
    // The rooms of the solver, the lowest first; none imports what stands below it in this list.
    room("Formats", ["Parallel"]),
    room("Images", ["Formats", "Parallel", "Physics", "Numerics"]),
    room("Import", ["Images", "Formats", "Parallel", "Physics", "Numerics"]),
    room("Inversion", ["Images", "Formats", "Parallel", "Physics", "Numerics", "CVector"]),
    room("PhaseField", ["Formats", "Parallel", "Physics", "Numerics", "CVector"]),
    room("Diffraction", ["Formats", "Parallel", "Physics", "Numerics"]),
    room(
      "Instruments",
      [
        "Diffraction", "PhaseField", "Inversion", "Images", "Formats", "Parallel", "Physics",
        "Numerics",
      ]),
    room(
      "Verification",
      [
        "Instruments", "Diffraction", "PhaseField", "Inversion", "Import", "Images", "Formats",
        "Parallel",
        "Physics", "Numerics",
      ]),
    .executableTarget(
      name: "Driver",
      dependencies: [
        "Verification", "Instruments", "Diffraction", "PhaseField", "Inversion", "Import", "Images",
        "Formats", "Physics", "Numerics", "Parallel",
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
      dependencies: [
        "Verification", "Instruments", "Diffraction", "PhaseField", "Inversion", "Import", "Images",
        "Formats", "Physics", "Numerics", "Parallel", "TestSupport",
      ],
      swiftSettings: common),
    .testTarget(
      name: "DriverTests",
      dependencies: [
        "Driver", "Verification", "Instruments", "Diffraction", "PhaseField", "Inversion", "Import",
        "Images", "Formats", "Physics", "Parallel", "TestSupport",
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: common),
    .testTarget(name: "ArchitectureTests", swiftSettings: common),
  ]
)
