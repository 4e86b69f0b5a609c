import Foundation
import JSON
import TestSupport
import Testing

/// The official JSON-Schema-Test-Suite for draft 2020-12, required and optional parts.
@Suite(.conformanceData("json-schema")) struct SchemaSuiteTests {
    /// What is left out, and why. A name is a file, with a group or a test behind it.
    static let excluded = [
        "optional/cross-draft.json": "only 2020-12 is a known dialect; another one is refused at compile",
        "optional/format/ecmascript-regex.json/a variable-width lookbehind (ES2018)":
            "PCRE2 wants lookbehinds of bounded width",
        "optional/format/hostname.json/validation of A-label (punycode) host names":
            "an A-label is checked as a label, not decoded: the tables of IDNA are not ours to carry",
        "optional/format/idn-hostname.json": "the tables of IDNA are not ours to carry",
    ]

    static func load(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: [UInt8](Conformance.data(path)))
    }

    @Test func officialSuitePasses() throws {
        let folder = "json-schema/tests/draft2020-12"
        var (passed, failed, left) = (0, 0, 0)
        for path in try Conformance.files(below: folder, suffix: ".json") {
            let file = String(path.dropFirst(folder.count + 1))
            for group in try #require(try Self.load(path).array) {
                let name = try #require(group["description"]?.string)
                let tests = try #require(group["tests"]?.array)
                if Self.excluded[file] != nil || Self.excluded["\(file)/\(name)"] != nil {
                    left += tests.count
                    continue
                }
                let schema = try JSONSchema(
                    compiling: #require(group["schema"]), assertsFormats: file.hasPrefix("optional/format/")
                ) { uri in
                    let host = "http://localhost:1234/"
                    guard uri.hasPrefix(host) else { return nil }
                    return try? Self.load("json-schema/remotes/\(uri.dropFirst(host.count))")
                }
                for test in tests {
                    let title = try #require(test["description"]?.string)
                    if Self.excluded["\(file)/\(title)"] != nil {
                        left += 1
                        continue
                    }
                    let violations = schema.validate(try #require(test["data"]))
                    let isRight = violations.isEmpty == test["valid"]?.bool
                    if isRight { passed += 1 } else { failed += 1 }
                    #expect(isRight, "\(file): \(name): \(title): \(violations)")
                }
            }
        }
        print("JSON-Schema-Test-Suite: \(passed) passed, \(failed) failed, \(left) excluded")
        #expect(passed > 1_000)
    }
}
