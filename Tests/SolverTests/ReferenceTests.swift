// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Formats
@testable import Images
@testable import Inversion
@testable import PhaseField
@testable import Verification

/// Strain that refers to another lattice: the law is the same but for a constant.
///
/// Collective.
final class ReferenceTests: XCTestCase {
  private var communicator: Communicator { TestSession.communicator }
  private let truth = EigenstrainLaw(a: [0.0247, -0.001], c: [-0.0107, 0.0005])

  /// The image with its strain referred to the lattice at X = 0 of a law that vanishes at 1.
  private func referred(_ image: ParticleImage, by law: EigenstrainLaw) -> ParticleImage {
    let constant = law.strain(at: 0)
    var other = image
    other.channels[.strainAA] = image.channels[.strainAA]?.map { $0 - constant.aa }
    other.channels[.strainCC] = image.channels[.strainCC]?.map { $0 - constant.cc }
    return other
  }

  private func options(
    _ model: Model, _ misfit: Misfit, _ boundary: ForwardModel.Boundary, terms: [Int] = [2]
  ) -> LearningOptions {
    var options = DrawnImage.options(misfit, boundary, terms: terms)
    options.models = [model]
    options.correctsComposition = false
    // Which pixels stand out depends on a fit, and that on the anchor.
    options.outliers = .keep
    return options
  }

  private func learnt(_ image: ParticleImage, _ options: LearningOptions) throws -> LearnedLaw {
    try Learner(options, communicator: communicator, log: SilentLog())
      .learn(train: [image], test: [])
  }

  private func assertSame(
    _ one: [Double], _ other: [Double], within accuracy: Double, _ words: String,
    line: UInt = #line
  ) throws {
    let size = try XCTUnwrap(one.map(abs).max())
    XCTAssertEqual(one.count, other.count, words, line: line)
    for (first, second) in zip(one, other) {
      XCTAssertEqual(first, second, accuracy: accuracy * size, words, line: line)
    }
  }

  /// An image whose strain a model explains to rounding, by the truth.
  private func explained(_ model: Model) throws -> ParticleImage {
    var image = try DrawnImage.specimen(communicator: communicator)
    let composition = try image.values(.composition)
    let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress
    var forward = try ForwardModel(
      image, components: Components(image), stiffness: ElementField(stiffness), measured: nil)
    let responses = try forward.responses(terms: 2, reference: 1, composition: composition)
    for (field, channel) in [
      (ForwardModel.Field.strainAA, Channel.strainAA), (.strainCC, .strainCC),
      (.strainAC, .strainAC), (.rotation, .rotation),
    ] {
      var values = try image.values(channel)
      for (pixel, cell) in image.numbering.ownCells.enumerated() {
        if model == .m0 {
          let strain = truth.strain(at: composition[cell])
          values[cell] = [strain.aa, strain.cc, strain.ac, 0][field.rawValue]
        } else {
          values[cell] = zip(truth.unknowns, 0..<4).reduce(0) {
            $0 + $1.0 * responses[field, $1.1, pixel]
          }
        }
      }
      try PixelExchange(image.numbering, communicator).fill(&values)
      image.channels[channel] = values
    }
    return image
  }

  func testAFreeBodysLawChangesByTheConstant() throws {
    for (model, misfit) in [(Model.m0, Misfit.strain), (.m1, .strain), (.m1, .gradient)] {
      let image = try explained(model)
      var settings = options(model, misfit, .free)
      let one = try learnt(image, settings)
      try assertSame(truth.unknowns, one.law.law.unknowns, within: 1e-9, "\(model) \(misfit) at 1")
      settings.referenceComposition = 0
      let other = try learnt(referred(image, by: truth), settings).law
      XCTAssertEqual(other.law.reference, 0)
      try assertSame(truth.unknowns, other.law.unknowns, within: 1e-9, "\(model) \(misfit) at 0")
      for x in [0, 0.4, 1] {
        let change = truth.strain(at: x) - other.law.strain(at: x)
        XCTAssertEqual(change.aa, truth.strain(at: 0).aa, accuracy: 1e-10)
        XCTAssertEqual(change.cc, truth.strain(at: 0).cc, accuracy: 1e-10)
      }
    }
  }

  func testAFreeBodysResponsesChangeByAUniformStrain() throws {
    var image = try DrawnImage.specimen(pixelSize: 35, communicator: communicator)
    image.sigmas[.composition] = image.mask.map { $0 ? 0.05 : .nan }
    image.correlationLengths[.composition] = 0
    let composition = try image.values(.composition)
    var settings = DrawnImage.options(.strain, .free, terms: [3])
    let noise = try XCTUnwrap(try image.compositionNoise(settings))
    let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress
    /// On the plain basis, on that freed of noise, and on halved pixels.
    func responses(_ reference: Double) throws -> [PixelFields] {
      settings.referenceComposition = reference
      var forward = try ForwardModel(
        image, components: Components(image), stiffness: ElementField(stiffness), measured: nil)
      let fields = try [nil, noise].map { noise in
        try PreparedParticle.responses(image, settings, composition, noise, &forward)
      }
      return try fields + [
        Refinement(image, composition: composition, measured: nil).responses(settings)
      ]
    }
    for (kind, (one, other)) in zip(try responses(1), try responses(0.2)).enumerated() {
      for term in 0..<3 {
        let constant = AnchoredLegendre.value(term + 1, at: 0.2)
        for (field, expected) in [
          (ForwardModel.Field.strainAA, constant), (.strainCC, 0), (.strainAC, 0), (.rotation, 0),
        ] {
          for pixel in image.numbering.ownCells.indices {
            XCTAssertEqual(
              one[field, term, pixel] - other[field, term, pixel], expected, accuracy: 1e-9,
              "\(kind) \(term) \(field)")
          }
        }
      }
    }
  }

  func testAMeasuredBoundaryDoesNotFeelTheConstantUnderNoise() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 5)
    for misfit in [Misfit.strain, .displacement] {
      var settings = options(.m1, misfit, .measured, terms: [1, 2, 3])
      let one = try learnt(image, settings).law
      settings.referenceComposition = 0
      let other = try learnt(referred(image, by: truth), settings).law
      try assertSame(one.law.unknowns, other.law.unknowns, within: 1e-7, "\(misfit)")
      try assertSame(one.covariance, other.covariance, within: 1e-6, "\(misfit)")
      // The band is nothing where the law is nothing.
      let (first, second) = (one.curves(derivative: false), other.curves(derivative: false))
      XCTAssertEqual(first.aUpper[100] - first.aLower[100], 0)
      XCTAssertEqual(second.aUpper[0] - second.aLower[0], 0)
      XCTAssertEqual(second.cUpper[0], 0)
      XCTAssertGreaterThan(second.aUpper[100] - second.aLower[100], 1e-5)
    }
  }

  func testNoiseOfTheCompositionIsCorrectedAtAnyReference() throws {
    // Strain is zero at both ends of the law but for its noise: the anchors agree.
    let image = try explained(.m1)
    var noisy = image.withNoise(strain: 0, composition: 0.05, seed: 7)
    noisy.sigmas[.composition] = noisy.mask.map { $0 ? 0.05 : .nan }
    noisy.correlationLengths[.composition] = 0
    var settings = options(.m1, .displacement, .measured, terms: [2])
    settings.correctsComposition = true
    let one = try learnt(noisy, settings)
    XCTAssertTrue(one.isAttenuationCorrected)
    settings.referenceComposition = 0
    let other = try learnt(referred(noisy, by: truth), settings)
    try assertSame(one.law.law.unknowns, other.law.law.unknowns, within: 1e-6, "corrected")
    try assertSame(one.law.covariance, other.law.covariance, within: 1e-4, "corrected")
  }

  func testResidualStrainDoesNotKnowTheReference() throws {
    let image = try DrawnImage.specimen(communicator: communicator)
      .withNoise(strain: 1e-3, seed: 2)
    let stiffness = Material.lithiumIronPhosphate.stiffness.planeStress
    let moved = EigenstrainLaw(a: truth.a, c: truth.c, reference: 0)
    let one = try ResidualStrain(
      image, options: ResidualOptions(law: truth, stiffness: stiffness), log: SilentLog())
    let other = try ResidualStrain(
      referred(image, by: truth), options: ResidualOptions(law: moved, stiffness: stiffness),
      log: SilentLog())
    for cell in image.numbering.ownCells {
      for (first, second) in [
        (one.residual[cell], other.residual[cell]), (one.coherency[cell], other.coherency[cell]),
      ] { XCTAssertLessThan((first - second).frobeniusNorm, 1e-11) }
    }
  }

  func testALawFileKeepsItsReference() throws {
    let image = referred(try explained(.m0), by: truth)
    var settings = options(.m0, .strain, .free)
    settings.referenceComposition = 0
    let path = try TestSession.scratch() + "/law.h5"
    let output = try OutputFile(path, communicator: communicator)
    let learnt = try learnt(image, settings)
    try LawWriter.write(learnt, to: output)
    try output.commit()
    XCTAssertEqual(try LawReader(path, communicator: communicator).law().law, learnt.law.law)
    XCTAssertEqual(try LawReader(path, communicator: communicator).law(of: "m0").law.reference, 0)
    let file = try InputFile(path, communicator: communicator)
    XCTAssertEqual(try Formats.law.differences(in: file).map(\.line), [])
    // What knows X = 1 only must not read it.
    XCTAssertNotEqual(try file.attribute("basis", of: "/law")?.text, "anchored Legendre on [0,1]")
    // Words and number that contradict each other are refused.
    let place = try TestSession.scratch() + "/wrong.h5"
    let wrong = try OutputFile(place, communicator: communicator)
    try LawWriter.write(learnt, to: wrong)
    try wrong.setAttribute("reference_composition", [1], of: "/law")
    try wrong.commit()
    let message = TestSession.message {
      _ = try LawReader(place, communicator: communicator).law()
    }
    XCTAssertTrue(message.contains("reference composition 1"), message)
  }

  func testAFreeBoxKeepsItsChemistry() throws {
    func stepper(_ reference: Double) throws -> PhaseFieldStepper {
      var material = Material.lithiumIronPhosphate
      material.eigenstrain.reference = reference
      var model = PhaseFieldModel.lithiumIronPhosphate(elastic: true)
      model.elasticity = ElasticModel(
        material, law: EigenstrainLaw(a: truth.a, c: truth.c, reference: reference), plane: nil,
        sitesPerVolume: 13.76)
      let setup = SimulationSetup(
        size: Directions(40, 20, 20), elements: Directions(8, 4, 4), voids: [],
        periodic: (false, false), model: model, start: .front(at: 20))
      let stepper = try setup.stepper(StepOptions(), communicator)
      while stepper.time < 1e-3 { try stepper.advance(to: 1e-3) }
      return stepper
    }
    let (one, other) = (try stepper(1), try stepper(0))
    XCTAssertEqual(one.time, other.time, accuracy: 1e-9 * one.time)
    XCTAssertEqual(one.energy.elastic, other.energy.elastic, accuracy: 1e-7 * one.energy.elastic)
    XCTAssertGreaterThan(one.energy.elastic, 0)
    var most = (composition: 0.0, displacement: 0.0)
    one.system.forSolid { place, _ in
      most.composition = max(most.composition, abs(one.state[0][place] - other.state[0][place]))
      most.displacement = max(most.displacement, abs(one.state[2][place] - other.state[2][place]))
    }
    XCTAssertLessThan(try communicator.maximum(most.composition), 1e-8)
    // Neither does what is left of the strain beside the eigenstrain.
    let residuals = try [one, other].map { try XCTUnwrap(try $0.columnResidual()).residual }
    let strains = [one, other].map { ColumnAverages($0.system, $0.state).coherency }
    for (first, second) in [(residuals[0], residuals[1]), (strains[0], strains[1])] {
      for (one, other) in zip(first.joined(), second.joined()) {
        XCTAssertEqual(one, other, accuracy: 1e-7)
      }
    }
    // f(0) of 40 nm, half of it from the middle.
    XCTAssertEqual(
      try communicator.maximum(most.displacement), abs(20 * truth.strain(at: 0).aa), accuracy: 0.01)
  }
}
