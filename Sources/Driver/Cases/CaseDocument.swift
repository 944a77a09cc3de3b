// SPDX-License-Identifier: Apache-2.0

/// Tables of keys for the documents, from their declarations.
enum CaseDocument {
  /// A table of some keys of a mapping.
  static func table<Owner>(_ fields: [CaseField<Owner>]) -> String {
    let rows = fields.map { field in
      let words = field.words.isEmpty ? "" : "\(field.words): "
      return "| `\(field.name)` | \(words)\(field.meaning) | \(field.usual) |"
    }
    return (["| key | what it is | unless given |", "| --- | --- | --- |"] + rows)
      .joined(separator: "\n")
  }

  /// A page with the table of each mark `<!-- keys: NAME -->` put in its place; nil where a mark is
  /// missing.
  static func page(_ text: String, _ tables: [(name: String, table: String)]) -> String? {
    var page = text
    for (name, table) in tables {
      guard let start = page.range(of: "<!-- keys: \(name) -->\n"),
        let end = page.range(of: "<!-- end -->", range: start.upperBound..<page.endIndex)
      else { return nil }
      page.replaceSubrange(start.upperBound..<end.lowerBound, with: table + "\n")
    }
    return page
  }
}
