// SPDX-License-Identifier: Apache-2.0

import Parallel
import PhaseField
import Physics

/// A case as written, before the files that it names are read.
///
/// Decoding needs no other rank and no other file, so that all ranks come to the same result; what it
/// names is read in ``completed(in:of:_:)``, together.
struct SimulationText: CaseMapping {
  var size = Directions(0.0, 0, 0)
  var elements = Directions(0, 0, 0)
  var outline: OutlineKeys?
  var tomogram: TomogramKeys?
  var voids: [VoidKeys] = []
  var boundary = BoundaryKeys()
  var plane: ElasticModel.Plane?
  var meanStrain: MeanStrainKeys?
  var meanStress: MeanStressKeys?
  var isElastic = true
  var material: MaterialKeys?
  var siteDensity: Double?
  var stiffness: StiffnessKind?
  var law: LawKeys?
  var eigenstrain: EigenstrainKind?
  var energy = EnergyKeys()
  var mobility: MobilityKind?
  var kappa = PhaseFieldModel.lithiumIronPhosphate(elastic: false).kappa
  /// D, from which the constant mobility D/kT is made.
  var diffusivity = PhaseFieldModel.lithiumIronPhosphate(elastic: false).diffusivity
  var diffusivityTable: CompositionTable?
  var noise: FluxNoise?
  var seed: Int?
  var start: StartKeys?
  var opening = OpeningKeys()
  var until: Double?
  var spread = 1e-4
  private var points: [ProbeKeys] = []
  private var boxes: [RegionKeys] = []
  private(set) var critical: CriticalKeys?
  private var lines: [LineKeys] = []
  /// What each stored step holds; nil for what the command line says.
  private(set) var storedFields: [String]?
  var course = CourseKeys()
  /// The physics without elasticity, which may need a file.
  private(set) var model = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
  /// kT of the mobility, eV.
  private(set) var thermal = 1.0
  private(set) var begin = SimulationSetup.Start(mean: 0.5, pattern: .noise(amplitude: 0, seed: 1))
  /// The keys whose constants are LiFePO4's because they were left out.
  private(set) var usual: [String] = []

  static let usualSiteDensity = 13.76

  static var fields: [CaseField<SimulationText>] { physics + control }
  /// What a restart may not change.
  static var physics: [CaseField<SimulationText>] {
    geometry + chemistry + OpeningKeys.fields.map { $0.of(\.opening) }
  }

  static var geometry: [CaseField<SimulationText>] {
    [
      .init(
        "size", required: \.size, .edges, "the box; b is the thickness in two dimensions"),
      .init(
        "elements", required: \.elements, .elements,
        "without b the case is two-dimensional; counts divisible by 8 solve fastest"),
      .init(
        "outline", optional: \.outline, .mapping, unless: "the box",
        "one of these, drawn out along b"),
      .init(
        "tomogram", optional: \.tomogram, .mapping, unless: "none",
        "voxels of an HDF5 array or a TIFF stack, of any size, over the whole box; below"),
      .init(
        "voids", \.voids, .list("a list of bodies"), unless: "none",
        "they may overlap"),
      .init(
        "boundary", \.boundary, .mapping, unless: "free",
        "each side `free` (no flux, no traction) or `periodic`"),
      .init(
        "plane", optional: \.plane, .choice, unless: "stress",
        "in two dimensions a thin plate, a body without total strain along b, or with one strain along b "
          + "for all of it and no force on its sections"),
      .init(
        "mean_strain", optional: \.meanStrain, .mapping, unless: "as the stress asks for",
        "total strain of a periodic box as a whole, against the reference lattice"),
      .init(
        "mean_stress", optional: \.meanStress, .mapping, unless: "none",
        "of a periodic box, where its strain is not given; the energy is then less by its work"),
    ]
  }

  static var chemistry: [CaseField<SimulationText>] {
    let table = PhaseFieldModel.lithiumIronPhosphate(elastic: false)
    return [
      .init("elastic", \.isElastic, .flag, "whether strain costs energy"),
      .init(
        "material", optional: \.material, .material, unless: "lfp",
        "`lfp`, a material file, or its keys"),
      .init(
        "site_density", optional: \.siteDensity,
        .quantity(.concentration, "1/nm3", isPositive: true), unless: "\(usualSiteDensity) 1/nm3",
        "sites per volume"),
      .init(
        "stiffness", optional: \.stiffness, .stiffness, unless: "constant",
        "`constant`, the material's one; or from its `end_members` C₀ at X = 0 to C₁ at X = 1 as C₀ + "
          + "(C₁ − C₀) h: `linear`, h = X; `smooth`, h = X³(6X² − 15X + 10); or a list of `[X, h]` from 0 to "
          + "1, joined without overshoot"),
      .init(
        "law", optional: \.law, .law, unless: "the material's, linear",
        "a law file of `vegard learn`, `{file, model}`, or `{a: […], c: […]}` in its Legendre basis; "
          + "replaces the eigenstrain along a and c, that along b stays the material's; both vanish at the "
          + "material's `reference_composition`"),
      .init(
        "eigenstrain", optional: \.eigenstrain, .choice, unless: "linear",
        "the material's, with X or with X³(6X² − 15X + 10); a law replaces it along a and c"),
      .init(
        "energy", \.energy, .mapping, unless: "the regular solution of LiFePO4",
        "the regular solution, Redlich and Kister's excess, a measured potential, a polynomial in X "
          + "or a double well `{height, low, high}`"),
      .init(
        "mobility", optional: \.mobility, .choice, unless: "degenerate; constant for a polynomial",
        "D X(1 − X)/kT, or D/kT; kT is `energy.thermal`; a polynomial, whose X may leave [0, 1], has a "
          + "constant one"),
      .axes(
        "kappa", \.kappa, .gradientPenalty, "eV nm2", table.kappa,
        "κ per site; an interface narrower than a tenth of an element is refused"),
      .axes("diffusivity", \.diffusivity, .diffusivity, "nm2/s", table.diffusivity, "D"),
      .init(
        "diffusivity_table", optional: \.diffusivityTable, .factors, unless: "none, 1",
        "a list of `[X, D(X)/D]` from 0 to 1, joined without overshoot, that multiplies the mobility"
      ),
      .init(
        "noise", optional: \.noise, .choice, unless: "none",
        "`conserved`: Langevin noise of the flux, as thermal equilibrium at `energy.thermal` asks "
          + "for it"),
      .init("seed", optional: \.seed, .integer(), unless: "1", "of that noise"),
      .init(
        "start", optional: \.start, .mapping, unless: "a front in the middle",
        "where the run begins"),
    ]
  }

  static var control: [CaseField<SimulationText>] {
    [
      .init(
        "until", words: "a time or `relaxed`", unless: "relaxed; with a drive its end", "the end",
        read: { owner, keys, key in
          let isTime = try keys.text(key) != "relaxed"
          owner.until = isTime ? try keys.positiveQuantity(key, .time) : nil
        }, text: { $0.until.map { "\($0) s" } ?? ($0.opening.drive == nil ? "relaxed" : nil) }),
      .init(
        "spread", \.spread, .number(in: 1e-8...10),
        "relaxed when the equilibrium is stable and the potential differs by this at most, in kT (in "
          + "the curvature of the phases for a polynomial)"),
      .init(
        "probes", \.points, .list("a list of `{a, c, b}`"), unless: "none",
        "places at which X and μ are stored at each step"),
      .init(
        "regions", \.boxes, .list("a list of `{a: [from, to], c, b}`"), unless: "none",
        "boxes over which means are stored at each step"),
      .init(
        "lines", \.lines, .list("a list of `{from: {a, c, b}, to: {a, c, b}, points}`"),
        unless: "none", "straight lines along which each stored step has its fields, too"),
      .init(
        "fields", optional: \.storedFields,
        .names(of: RunWriter.fieldNames(isPlane: false, isElastic: true)),
        unless: "composition and displacement; all at the last step, or as `--derived` says",
        "what each stored step holds"),
      .init(
        "critical_current", optional: \.critical, .mapping, unless: "none",
        "finds, after a driven run with noise, the current above which the particle has no time to "
          + "separate into phases"),
    ] + CourseKeys.fields.map { $0.of(\.course) }
  }

  /// The tables of docs/simulate.md.
  static var documents: [(name: String, table: String)] {
    [
      ("geometry", CaseDocument.table(geometry)), ("physics", CaseDocument.table(chemistry)),
      ("control", CaseDocument.table(control)), ("outline", CaseDocument.table(OutlineKeys.fields)),
      ("tomogram", CaseDocument.table(TomogramKeys.fields)),
      ("energy", CaseDocument.table(EnergyKeys.fields)),
      ("mean_strain", CaseDocument.table(MeanStrainKeys.fields)),
      ("mean_stress", CaseDocument.table(MeanStressKeys.fields)),
      ("start", CaseDocument.table(StartKeys.fields)),
      ("region", CaseDocument.table(RegionKeys.fields)),
      ("line", CaseDocument.table(LineKeys.fields)),
      ("interval", CaseDocument.table(IntervalKeys.fields)),
    ] + OpeningKeys.documents
  }

  /// Whether the case is two-dimensional.
  var isPlane: Bool { elements.z == 0 }

  /// Makes the physics as far as it needs no file, since its refusals name a key of the case.
  mutating func finish(_ keys: FieldKeys) throws {
    for (index, hole) in voids.enumerated() where hole.lacksDepth && !isPlane {
      throw keys.problem(
        "voids",
        "void \(index + 1): found no b, expected its centre's: the case has elements along b")
    }
    if plane != nil && !isPlane {
      throw keys.problem(
        "plane", "found it with elements along b, expected it in two dimensions only")
    }
    try course.finish(keys)
    try checkProbes(keys)
    try checkLoad("mean_strain", meanStrain?.given, keys)
    try checkLoad("mean_stress", meanStress?.given, keys)
    for name in meanStrain?.given ?? [] where meanStress?.given.contains(name) ?? false {
      throw keys.problem("mean_stress", "found \(name) in mean_strain too, expected one of them")
    }
    if noise == FluxNoise.none { noise = nil }
    if case .constant = stiffness { stiffness = nil }
    if eigenstrain == .linear { eigenstrain = nil }
    if noise == nil, seed != nil {
      throw keys.problem("seed", "found it without noise, to which it belongs")
    }
    if noise != nil, until == nil, opening.drive == nil {
      throw keys.problem("until", "found no time with noise, under which nothing comes to rest")
    }
    usual = ["energy", "kappa", "diffusivity", "site_density"].filter { !keys.has($0) }
    // A table in a file is read where ranks may talk.
    if energy.isComplete { try settle(at: keys.path) }
    try checkDrive(keys)
    let isFull = energy.isComplete && begin.mean >= 0.5
    if critical != nil, noise == nil || opening.drive == nil || isFull {
      throw keys.problem(
        "critical_current", "expected a drive, noise: conserved and a start below the mean of ½")
    }
  }

  /// Refuses places outside the box, and fields that the case has not.
  private func checkProbes(_ keys: FieldKeys) throws {
    func check(_ key: String, _ name: String, _ at: Directions<Double>) throws {
      let depth = isPlane ? 0...Double.infinity : 0...size.z
      guard (0...size.x).contains(at.x), (0...size.y).contains(at.y), depth.contains(at.z) else {
        throw keys.problem(key, "\(name): found (\(at.x), \(at.y), \(at.z)) nm outside the box")
      }
    }
    for (number, point) in points.enumerated() {
      try check("probes", "probe \(number + 1)", point.position)
    }
    for (number, line) in lines.enumerated() {
      for end in line.ends { try check("lines", "line \(number + 1)", end) }
    }
    let known = RunWriter.fieldNames(isPlane: isPlane, isElastic: isElastic)
    for name in storedFields ?? [] where !known.contains(name) {
      throw keys.problem(
        "fields",
        "found \(name) in a case "
          + (isElastic ? "without elements along b" : "with elastic: false"))
    }
  }

  /// What is told beside history and fields.
  var probes: Probes {
    var probes = Probes()
    probes.points = points.map(\.position)
    probes.regions = boxes.map { $0.region(in: size) }
    probes.lines = lines.map(\.line)
    return probes
  }

  /// Refuses a mean of what does not strain as a whole.
  private func checkLoad(_ key: String, _ given: [String]?, _ keys: FieldKeys) throws {
    guard let given else { return }
    guard isElastic else { throw keys.problem(key, "found it with elastic: false") }
    let periodic = boundary.periodic
    let known = ["aa": periodic.x, "cc": periodic.y, "ac": periodic.x && periodic.y]
    for name in given where known[name] != true {
      throw keys.problem(
        key,
        "found \(name) in a box that is not periodic along "
          + (name == "ac" ? "a and c" : name == "aa" ? "a" : "c"))
    }
  }

  /// What is imposed on the box as a whole.
  var load: BoxLoad {
    var load = BoxLoad()
    if let meanStrain { load.strain = meanStrain.values }
    if let meanStress { load.stress = meanStress.values }
    return load
  }

  /// Reads the file that the energy needs.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input`.
  mutating func completeEnergy(
    in folder: String, of path: String, _ communicator: Communicator
  ) throws(ParallelError) {
    guard !energy.isComplete else { return }
    try energy.complete(in: folder, communicator)
    do { try settle(at: []) } catch { throw CaseReading.refusal(error, path) }
  }

  /// Makes the physics without elasticity, and the start.
  private mutating func settle(at path: [String]) throws {
    (model, thermal) = try chemistry(at: path)
    if noise != nil {
      guard energy.thermal != nil || model.energy.thermalEnergy != nil else {
        throw CaseError(
          path + ["energy", "thermal"], "found nothing, expected the kT of the noise")
      }
      model.noise = PhaseFieldModel.Noise(
        seed: seed ?? 1, thermalEnergy: thermal,
        sitesPerVolume: siteDensity ?? Self.usualSiteDensity)
    }
    let place = path + ["start"]
    begin =
      try start?.start(model, size, at: place) ?? StartKeys.usual(model, size, at: place)
  }

  /// Refuses what a drive cannot be, and a current that leads away from its end.
  private mutating func checkDrive(_ keys: FieldKeys) throws {
    try opening.finish(keys)
    guard let drive = opening.drive else { return }
    if keys.has("until"), until == nil {
      throw keys.problem("until", "found relaxed with a drive, expected a time, or none")
    }
    if opening.hasReaction, !model.energy.hasBounds {
      throw keys.problem(
        "flux",
        "found a reaction with an energy that leaves X outside (0, 1), expected prescribed, or the "
          + "regular solution")
    }
    var mean: Double?
    if case .noise = begin.pattern { mean = begin.mean }
    if let problem = DriveKeys.wrongWay(drive, from: mean) { throw keys.problem("drive", problem) }
  }

  /// Energy, mobility and κ, and the kT of the mobility.
  private func chemistry(
    at path: [String]
  ) throws -> (model: PhaseFieldModel, thermal: Double) {
    let bulk = energy.energy
    var thermal = energy.thermal ?? 1
    // What an error of X costs in energy: tolerances and the spread of μ are shares of it.
    var scale = thermal
    if let found = bulk.thermalEnergy {
      (thermal, scale) = (found, found)
    } else {
      // The curvature in the phases is what an error of X costs.
      let wells = PhaseBoundary(bulk)?.phases ?? (low: 0.25, high: 0.75)
      scale = max(abs(bulk.curvature(at: wells.low)), abs(bulk.curvature(at: wells.high)))
      guard scale > 0 else {
        throw CaseError(
          path + ["energy"], "found an energy without curvature, expected a bent one")
      }
    }
    let kind = mobility ?? (bulk.hasBounds ? .degenerate : .constant)
    guard bulk.hasBounds || kind == .constant else {
      throw CaseError(
        path + ["mobility"],
        "found degenerate with a polynomial, whose X may leave [0, 1], where D X(1 - X)/kT is "
          + "negative; expected constant, or the regular solution")
    }
    // M = D/kT where it is constant.
    let divisor = kind == .constant ? thermal : 1
    let law = kind == .constant ? MobilityLaw.constant : .degenerate(thermalEnergy: thermal)
    let model = PhaseFieldModel(
      energy: bulk, kappa: kappa,
      mobility: diffusivityTable.map { .tabulated($0, times: law) } ?? law,
      diffusivity: Directions(
        diffusivity.x / divisor, diffusivity.y / divisor, diffusivity.z / divisor),
      energyScale: scale)
    return (model, thermal)
  }
}

/// What noise acts in time.
enum FluxNoise: String, CaseIterable { case none, conserved }

extension CaseField where Owner == SimulationText {
  /// A value along each axis that the case has, or one for all.
  fileprivate static func axes(
    _ name: String, _ path: WritableKeyPath<SimulationText, Directions<Double>>,
    _ dimension: Dimension, _ unit: String, _ usual: Directions<Double>, _ meaning: String
  ) -> CaseField {
    CaseField(
      name, words: "`{a, c, b}` (all that the case has) or one for all, in \(dimension.unitList)",
      unless: "\(usual.x), \(usual.y), \(usual.z) \(unit)", meaning,
      parts: { usual.paths(dimension, unit) },
      read: { owner, keys, key in
        owner[keyPath: path] = try keys.wholeAxes(
          key, dimension, default: usual, isPlane: owner.isPlane)
      },
      text: { $0[keyPath: path].flow(unit) })
  }
}
