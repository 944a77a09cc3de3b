// SPDX-License-Identifier: Apache-2.0

import Foundation
import Images
import Parallel

/// The real strain map of `lfp-4dstem-strain/`, read from its CSV files: rows run along c.
enum RealMap {
  static func image(
    _ dataDirectory: String, _ communicator: Communicator
  ) throws(ParallelError) -> ParticleImage {
    let folder = dataDirectory + "/lfp-4dstem-strain/"
    let xx = try table(folder + "e_xx.csv", communicator)
    let yy = try table(folder + "e_yy.csv", communicator)
    let xy = try table(folder + "e_xy.csv", communicator)
    let theta = try table(folder + "theta.csv", communicator)
    let (rows, columns) = (xx.count, xx.first?.count ?? 0)
    let perLine = xx.map { row in row.filter(\.isFinite).count }
    let layout = ImageLayout.balanced(
      rows: rows, columns: columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
    func held(_ table: [[Double]], _ factor: Double) -> [Double] {
      (0..<layout.cellCount).map { cell in
        let (i, j) = layout.indices(cell)
        return factor * table[j][i]
      }
    }
    let channels: [Channel: [Double]] = [
      // The file's x is the image row.
      .strainCC: held(xx, 0.01), .strainAA: held(yy, 0.01), .strainAC: held(xy, 0.01),
      .rotation: held(theta, -Double.pi / 180),
    ]
    return try ParticleImage(
      name: "LFP", file: folder, pixelSize: 49.5, origin: [0, 0], role: .train, layout: layout,
      mask: held(xx, 1).map(\.isFinite), channels: channels, communicator: communicator)
  }

  /// The map as it would be with its strain given in a frame turned by `degrees`.
  static func turned(_ image: ParticleImage, degrees: Double) throws(ParallelError) -> ParticleImage
  {
    var turned = image
    let (c, s) = (cos(degrees * .pi / 90), sin(degrees * .pi / 90))
    let (aa, cc, ac) = (
      try image.values(.strainAA), try image.values(.strainCC), try image.values(.strainAC)
    )
    for cell in aa.indices {
      let mean = (aa[cell] + cc[cell]) / 2
      let half = (aa[cell] - cc[cell]) / 2
      turned.channels[.strainAA]?[cell] = mean + half * c + ac[cell] * s
      turned.channels[.strainCC]?[cell] = mean - half * c - ac[cell] * s
      turned.channels[.strainAC]?[cell] = ac[cell] * c - half * s
    }
    return turned
  }

  /// The map with the rotation's sign flipped.
  static func mirrored(_ image: ParticleImage) -> ParticleImage {
    var flipped = image
    flipped.channels[.rotation] = image.channels[.rotation]?.map { -$0 }
    return flipped
  }

  /// A comma-separated table on every rank.
  static func table(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) -> [[Double]] {
    let text = try communicator.first { () throws(ParallelError) in
      do throws(ParallelError) {
        return String(decoding: try InputFile.contents(of: path), as: UTF8.self)
      } catch {
        throw ParallelError(error.kind, "\(error.message); give the folder with --data")
      }
    }
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map {
        Double($0.trimmingCharacters(in: .whitespaces)) ?? .nan
      }
    }
  }
}
