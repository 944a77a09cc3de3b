// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Import
import Parallel
import PhaseField

/// Speed of files.
extension Benchmarks {
  /// F11: megabytes a second of wall time from tables of text, and of raw numbers into a stored state.
  @Sendable static func files(
    _ options: BenchmarkOptions, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> [BenchmarkRow] {
    let folder = try communicator.first { () throws(ParallelError) in
      let place = FileManager.default.temporaryDirectory.appending(path: "vegard-\(UUID())").path
      do {
        try FileManager.default.createDirectory(
          atPath: place, withIntermediateDirectories: true)
      } catch {
        throw ParallelError(.file, "\(place): cannot be made: \(error.localizedDescription)")
      }
      return place
    }
    defer { if communicator.isFirst { try? FileManager.default.removeItem(atPath: folder) } }
    return try tables(in: folder, options, communicator) + states(in: folder, options, communicator)
  }

  private static func tables(
    in folder: String, _ options: BenchmarkOptions, _ communicator: Communicator
  ) throws(ParallelError) -> [BenchmarkRow] {
    let (rows, columns) = options.quick ? (40, 50) : (700, 720)
    let names = ["e_xx", "e_yy", "e_xy"]
    let bytes = try communicator.first { () throws(ParallelError) in
      var random = SystemRandomNumberGenerator()
      let lines = (0..<rows).map { _ in
        (0..<columns).map { _ in
          "\(Double.random(in: -5...5, using: &random))".prefix(11)
        }.joined(separator: ",")
      }
      let text = Data((lines.joined(separator: "\n") + "\n").utf8)
      for name in names {
        do {
          try text.write(to: URL(filePath: "\(folder)/\(name).csv"))
        } catch {
          throw ParallelError(.file, "\(folder): \(error.localizedDescription)")
        }
      }
      return "\(names.count * text.count)"
    }
    var settings = ImportOptions()
    settings.units = try ChannelUnits(parsing: "percent,degrees")
    settings.pixelSize = 10
    let seconds = try Stopwatch.wall(communicator) { () throws(ParallelError) in
      _ = try Importer.read(
        [folder], settings, communicator: communicator, log: SilentLog())
    }
    let speed = (Double(bytes) ?? 0) / 1e6 / seconds
    return [
      BenchmarkRow(
        "F11", "import tables of \(rows * columns) pixels, MB/s", speed, ratio: speed, atLeast: 50)
    ]
  }

  private static func states(
    in folder: String, _ options: BenchmarkOptions, _ communicator: Communicator
  ) throws(ParallelError) -> [BenchmarkRow] {
    guard let counts = options.grids.last else { return [] }
    let stepper = try start(counts, communicator)
    var rows: [BenchmarkRow] = []
    var raw = 0.0
    for (filter, name, goal) in [
      (OutputFile.Filter.none, "uncompressed", 200.0), (.fast, "gzip level 1", 60),
    ] {
      let path = "\(folder)/\(name).h5"
      var settings = RunWriter.Options()
      settings.filter = filter
      settings.derived = .all
      var samples: [Double] = []
      for _ in 0..<5 {
        var writer = try RunWriter.start(path, stepper, options: settings)
        samples.append(
          try Stopwatch.wall(communicator) { () throws(ParallelError) in
            try writer.store(stepper)
          })
        try writer.finish(.complete)
      }
      if filter == .none {
        let size = try communicator.first { () throws(ParallelError) in
          let attributes = try? FileManager.default.attributesOfItem(atPath: path)
          return "\(attributes?[.size] as? Int ?? 0)"
        }
        raw = (Double(size) ?? 0) / 1e6
      }
      let speed = raw / Stopwatch.median(samples)
      rows.append(
        BenchmarkRow(
          "F11", "store a state of \(Self.name(counts)), \(name), raw MB/s", speed, ratio: speed,
          atLeast: goal))
    }
    return rows
  }
}
