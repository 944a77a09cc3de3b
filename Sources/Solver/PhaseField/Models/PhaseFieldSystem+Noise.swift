// SPDX-License-Identifier: Apache-2.0

import Numerics
public import Parallel

/// Langevin noise of the flux.
///
/// ∂X/∂t contains ∇·√(2kT M/c_max) η. With the flow K_M μ of the discrete equations, M Ẋ = −K_M μ + ẇ,
/// the noise must have the covariance ⟨w w′⟩ = (2kT/c_max) K_M t: then X fluctuates with the inverse of
/// the discrete energy's second derivative, on a periodic box ⟨|X_k|²⟩ = kT/[c_max V (f″ + κk²)] up to
/// the symbols of mass and gradient. The modes of an element diagonalise its K_M (``GradientModes``), so
/// that each of them has a Brownian motion of its own, by the element's number among all
/// (``BrownianPath``): the same on any ranks. Modes that bend have no sum over the nodes, which keeps the
/// content. M is taken at the beginning of a step (Itô), BDF2 acts on X less the noise, as in one
/// dimension (``EnsembleSystem``).
extension PhaseFieldSystem {
  /// Gives the state at the end of a step its noise, ∫ of the flux's divergence with the nodes' functions,
  /// in nm³.
  public func prepare(
    _ trial: Fields, from state: Fields, at time: Double, to end: Double
  ) {
    guard let noise = model.noise else { return }
    let scales = timeScales
    let path = BrownianPath(
      seed: noise.seed,
      resolution: noise.resolution ?? max(0.1 * scales.shortest, 1e-8 * scales.longest))
    let layout = grid.layout
    let (x, target) = (state[.composition], trial[components])
    target.copy(state[components], layout)
    let strengths = kernel.flux.strengths.map {
      2 * noise.thermalEnergy / noise.sitesPerVolume * $0
    }
    // In a plane upper and lower nodes are the same, and modes along z nothing.
    let modes = grid.dimension == 2 ? 1..<4 : 1..<8
    for k in 0..<layout.elementLayers {
      for j in layout.elementsY {
        for i in stride(from: layout.elementsX.lowerBound, to: layout.elementsX.upperBound, by: 8) {
          let place = layout.index(i, j, k)
          let weight = weights[0].load(place)
          let centre = Octet(x, place, layout).sum * 0.125
          var moved = Octet.zero
          for lane in 0..<min(8, layout.elementsX.upperBound - i) where weight[lane] > 0 {
            let mobility = weight[lane] * max(0, model.mobility.factor(at: centre[lane]))
            let element = elementNumber(i + lane, j, k)
            for mode in modes {
              let motion = 8 * element + mode
              let increment = path.value(motion, at: end) - path.value(motion, at: time)
              moved[mode, lane] = (mobility * strengths[mode]).squareRoot() * increment
            }
          }
          moved.synthesised.add(to: target, place, layout)
        }
      }
    }
  }

  /// The number among all of an element whose lowest node is (i, j, k), counted from this rank's first;
  /// −1 of a box that closes is the last one.
  private func elementNumber(_ i: Int, _ j: Int, _ k: Int) -> Int {
    let count = grid.elements
    let x = (grid.own.x.lowerBound + i + count.x) % count.x
    let y = (grid.own.y.lowerBound + j + count.y) % count.y
    return (k * count.y + y) * count.x + x
  }

  /// Subtracts what noise adds to the rows of X in a step, a₀ w + h_w.
  func subtractNoise(_ state: Fields, history: Fields) {
    guard model.noise != nil else { return }
    let (row, now, before) = (residual[.composition], state[components], history[1])
    for place in stride(from: 0, to: grid.layout.size, by: 8) {
      row.store(place, row.load(place) - (now.load(place) * rate + before.load(place)))
    }
  }

  /// A fifth of the time in which a wave grows e-fold at most, while the particle is nearly uniform:
  /// the error of a step does not see that fluctuations, or their growth, are skipped.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when a message fails.
  public func longestStep(_ state: Fields) throws(ParallelError) -> Double {
    guard model.noise != nil else { return .infinity }
    let growth = fastestGrowth
    guard growth > 0 else { return .infinity }
    let deviation = try deviation(state)
    return deviation * deviation < 0.01 ? 0.2 / growth : .infinity
  }
}

extension PhaseFieldSystem {
  /// The largest rate in 1/s at which a wave that fits into the box grows along an axis in a uniform
  /// particle, at any composition, strain left out: M k²(−f″ − κk²), fastest at k² = −f″/2κ.
  var fastestGrowth: Double {
    let (d, kappa, size) = (model.diffusivity, model.kappa, grid.size)
    // Half a wave fits between free sides, a whole one into a box that closes.
    var axes = [
      (d.x, kappa.x, size.x / (grid.periodic.x ? 2 : 1)),
      (d.y, kappa.y, size.y / (grid.periodic.y ? 2 : 1)),
    ]
    if grid.dimension == 3 { axes.append((d.z, kappa.z, size.z)) }
    var fastest = 0.0
    for index in 1..<200 {
      let x = Double(index) / 200
      let (drive, mobility) = (-model.energy.curvature(at: x), model.mobility.factor(at: x))
      for (diffusivity, kappa, length) in axes where drive > 0 {
        let longest = .pi / length * (.pi / length)
        let square = max(longest, drive / (2 * kappa))
        fastest = max(fastest, mobility * diffusivity * square * (drive - kappa * square))
      }
    }
    return fastest
  }
}
