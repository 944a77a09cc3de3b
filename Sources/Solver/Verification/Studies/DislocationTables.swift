// SPDX-License-Identifier: Apache-2.0

import Physics

/// A row of Table S2 of the SI as printed: contrast factors at 101, 210, 111, 301 and 311.
struct PrintedContrast {
  /// The label of Table S3.
  let label: String
  /// Burgers vector, plane and line as printed, overbars as minus signs.
  let system: String
  /// In FePO4.
  let ironPhosphate: [Double]
  /// In LiFePO4.
  let lithiumIronPhosphate: [Double]
}

/// A row of Table S3 of the SI as printed, for LiFePO4.
struct PrintedEnergy {
  /// The label, or the indices of a candidate without one.
  let label: String
  /// K in GPa.
  let energyFactor: Double
  /// K b² in nJ/m.
  let energy: Double
}

/// A misprint and what should stand there.
struct Misprint {
  /// The label of the row.
  let label: String
  /// The crystal's name; in Table S3 always LiFePO4.
  let crystal: String
  /// The columns that are wrong, from 0.
  let columns: [Int]
  /// What should stand in them, from independent code.
  let right: [Double]
  /// How the printed numbers came about, as far as that could be found.
  let reason: String
}

/// Tables S2 and S3 of the SI as printed, and their misprints.
///
/// Targets of the verification: nothing that computes may read them.
enum PaperTables {
  /// The reflections of Table S2.
  static let reflections = [
    Reflection(1, 0, 1), Reflection(2, 1, 0), Reflection(1, 1, 1), Reflection(3, 0, 1),
    Reflection(3, 1, 1),
  ]

  /// Table S2 as printed.
  static let contrasts: [PrintedContrast] = [
    PrintedContrast(
      label: "N", system: "½[011](0-11), [100]",
      ironPhosphate: [0.1623, 0.0529, 0.3046, 0.0252, 0.0764],
      lithiumIronPhosphate: [0.1471, 0.0516, 0.3416, 0.0263, 0.0942]),
    PrintedContrast(
      label: "O", system: "½[110](-110), [001]",
      ironPhosphate: [0.0151, 0.3812, 0.0701, 0.1892, 0.2184],
      lithiumIronPhosphate: [0.0143, 0.3512, 0.0533, 0.2069, 0.2057]),
    PrintedContrast(
      label: "D", system: "[001](100), [010]",
      ironPhosphate: [0.4846, 0.0307, 0.2012, 0.2459, 0.1659],
      lithiumIronPhosphate: [0.4645, 0.0430, 0.2040, 0.2826, 0.1914]),
    PrintedContrast(
      label: "I", system: "[010](001), [100]",
      ironPhosphate: [0.0488, 0.0830, 0.2847, 0.0076, 0.0718],
      lithiumIronPhosphate: [0.0464, 0.0772, 0.3196, 0.0083, 0.1914]),
    PrintedContrast(
      label: "A", system: "[010](100), [001]",
      ironPhosphate: [0.0029, 0.3187, 0.1073, 0.0360, 0.1222],
      lithiumIronPhosphate: [0.0052, 0.3240, 0.0862, 0.0756, 0.1342]),
    PrintedContrast(
      label: "G", system: "[001](010), [100]",
      ironPhosphate: [0.3311, 0.0108, 0.3368, 0.0514, 0.0849],
      lithiumIronPhosphate: [0.3111, 0.0101, 0.3776, 0.0556, 0.1041]),
    PrintedContrast(
      label: "E", system: "½[011](100), [01-1]",
      ironPhosphate: [0.1333, 0.1415, 0.2614, 0.1072, 0.1556],
      lithiumIronPhosphate: [0.1167, 0.1699, 0.2389, 0.1166, 0.1637]),
    PrintedContrast(
      label: "L", system: "½[110](001), [1-10]",
      ironPhosphate: [0.1783, 0.0650, 0.2820, 0.1072, 0.0927],
      lithiumIronPhosphate: [0.1611, 0.0639, 0.3081, 0.0553, 0.1090]),
    PrintedContrast(
      label: "H", system: "½[101](010), [-101]",
      ironPhosphate: [0.1709, 0.2093, 0.1587, 0.2390, 0.2411],
      lithiumIronPhosphate: [0.1543, 0.2146, 0.1537, 0.2366, 0.2423]),
    PrintedContrast(
      label: "B", system: "[010](100), [011]",
      ironPhosphate: [0.0298, 0.2599, 0.1407, 0.0361, 0.1267],
      lithiumIronPhosphate: [0.0246, 0.2754, 0.1339, 0.0489, 0.1372]),
    PrintedContrast(
      label: "C", system: "[010](100), [021]",
      ironPhosphate: [0.0193, 0.2307, 0.1961, 0.0175, 0.1327],
      lithiumIronPhosphate: [0.0137, 0.2464, 0.1865, 0.0202, 0.1380]),
    PrintedContrast(
      label: "F", system: "½[011](100), [010]",
      ironPhosphate: [0.1967, 0.1332, 0.2352, 0.0998, 0.1502],
      lithiumIronPhosphate: [0.1767, 0.1497, 0.2290, 0.1075, 0.1604]),
    PrintedContrast(
      label: "J", system: "[010](001), [110]",
      ironPhosphate: [0.0476, 0.0866, 0.2694, 0.0196, 0.0814],
      lithiumIronPhosphate: [0.0430, 0.0822, 0.2935, 0.0218, 0.0949]),
    PrintedContrast(
      label: "K", system: "[010](001), [120]",
      ironPhosphate: [0.0338, 0.1070, 0.2602, 0.0245, 0.0982],
      lithiumIronPhosphate: [0.0303, 0.0999, 0.2660, 0.0298, 0.1044]),
    PrintedContrast(
      label: "M", system: "½[011](001), [010]",
      ironPhosphate: [0.1670, 0.1799, 0.1361, 0.3077, 0.2437],
      lithiumIronPhosphate: [0.1293, 0.1973, 0.1181, 0.3023, 0.2402]),
  ]

  /// What is wrong in Table S2.
  ///
  /// The Burgers vector of the last row is printed as ½[011]; its numbers are those of ½[110].
  static let contrastMisprints: [Misprint] = [
    Misprint(
      label: "L", crystal: "FePO4", columns: [0, 1, 2, 3, 4],
      right: [0.1512, 0.2413, 0.1617, 0.2073, 0.2324],
      reason: "b = ½[011] instead of ½[110]; at 301 also the number of the row above (0.0499)"),
    Misprint(
      label: "L", crystal: "LiFePO4", columns: [0, 1, 2, 3, 4],
      right: [0.1211, 0.2442, 0.1732, 0.1916, 0.2260],
      reason: "b = ½[011] instead of ½[110]"),
    Misprint(
      label: "I", crystal: "LiFePO4", columns: [4], right: [0.0881],
      reason: "the number of the row above, D at 311"),
    Misprint(
      label: "N", crystal: "FePO4", columns: [0, 1, 2, 3, 4],
      right: [0.1634, 0.0537, 0.3059, 0.0254, 0.0771],
      reason: "not found; no line or Burgers vector of small indices gives the printed row"),
    Misprint(
      label: "O", crystal: "FePO4", columns: [0, 1, 2, 3, 4],
      right: [0.0151, 0.3809, 0.0706, 0.1899, 0.2192],
      reason: "not found; no line or Burgers vector of small indices gives the printed row"),
    Misprint(
      label: "H", crystal: "FePO4", columns: [1], right: [0.2091], reason: "not found"),
  ]

  /// Table S3 as printed, in its order.
  static let energies: [PrintedEnergy] = [
    PrintedEnergy(label: "[010](100)[010]", energyFactor: 41.85, energy: 15.3),
    PrintedEnergy(label: "A", energyFactor: 73.75, energy: 27.0),
    PrintedEnergy(label: "B", energyFactor: 59.11, energy: 21.6),
    PrintedEnergy(label: "C", energyFactor: 51.79, energy: 18.9),
    PrintedEnergy(label: "[001](100)[001]", energyFactor: 43.15, energy: 9.7),
    PrintedEnergy(label: "D", energyFactor: 72.18, energy: 16.2),
    PrintedEnergy(label: "½[011](100)[011]", energyFactor: 57.18, energy: 8.4),
    PrintedEnergy(label: "E", energyFactor: 63.49, energy: 9.4),
    PrintedEnergy(label: "F", energyFactor: 56.68, energy: 8.4),
    PrintedEnergy(label: "[001](010)[001]", energyFactor: 43.15, energy: 9.7),
    PrintedEnergy(label: "G", energyFactor: 67.32, energy: 15.1),
    PrintedEnergy(label: "[100](010)[100]", energyFactor: 49.08, energy: 53.6),
    PrintedEnergy(label: "[100](010)[001]", energyFactor: 61.77, energy: 67.5),
    PrintedEnergy(label: "½[101](010)[101]", energyFactor: 47.9, energy: 15.8),
    PrintedEnergy(label: "H", energyFactor: 58.06, energy: 19.1),
    PrintedEnergy(label: "[010](001)[010]", energyFactor: 41.85, energy: 15.3),
    PrintedEnergy(label: "I", energyFactor: 72.02, energy: 26.4),
    PrintedEnergy(label: "J", energyFactor: 58.9, energy: 21.6),
    PrintedEnergy(label: "K", energyFactor: 53.83, energy: 19.7),
    PrintedEnergy(label: "[100](001)[100]", energyFactor: 49.08, energy: 53.6),
    PrintedEnergy(label: "[100](001)[010]", energyFactor: 64.67, energy: 70.6),
    PrintedEnergy(label: "½[110](001)[110]", energyFactor: 46.77, energy: 17.0),
    PrintedEnergy(label: "L", energyFactor: 63.3, energy: 23.1),
    PrintedEnergy(label: "M", energyFactor: 66.16, energy: 24.1),
    PrintedEnergy(label: "N", energyFactor: 70.23, energy: 10.4),
    PrintedEnergy(label: "O", energyFactor: 64.78, energy: 23.6),
  ]

  /// What is wrong in Table S3; the columns are K in GPa and K b² in nJ/m.
  ///
  /// The lines of E, H and L lost an overbar besides: [01-1], [-101] and [1-10].
  static let energyMisprints: [Misprint] = [
    Misprint(
      label: "B", crystal: "LiFePO4", columns: [0, 1], right: [58.589, 21.445],
      reason: "K is that of FePO4"),
    Misprint(
      label: "C", crystal: "LiFePO4", columns: [0, 1], right: [48.985, 17.930],
      reason: "K is that of FePO4"),
    Misprint(
      label: "F", crystal: "LiFePO4", columns: [0, 1], right: [53.386, 7.884],
      reason: "K is that of FePO4 with l = [02-1]"),
    Misprint(
      label: "J", crystal: "LiFePO4", columns: [0, 1], right: [65.648, 24.029],
      reason: "K is that of FePO4"),
    Misprint(
      label: "K", crystal: "LiFePO4", columns: [0, 1], right: [56.300, 20.607],
      reason: "K is that of FePO4"),
    Misprint(
      label: "M", crystal: "LiFePO4", columns: [0, 1], right: [58.944, 21.486],
      reason: "K is that of FePO4 with l = [1-20]"),
  ]

  /// A printed row with its misprints corrected.
  static func corrected(
    _ printed: [Double], label: String, crystal: String, misprints: [Misprint]
  ) -> [Double] {
    var row = printed
    for misprint in misprints where misprint.label == label && misprint.crystal == crystal {
      for (column, value) in zip(misprint.columns, misprint.right) { row[column] = value }
    }
    return row
  }
}
