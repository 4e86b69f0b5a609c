import JSON
import Testing

/// Schemas and values made to cost: each ends soon, and says so.
@Suite(.timeLimit(.minutes(2))) struct HostileSchemaTests {
    static let deep: JSONValue = {
        var value: JSONValue = 1
        for _ in 0..<JSONValue.depthLimit { value = ["a": value] }
        return value
    }()

    static func validate(_ schema: String, _ value: JSONValue) throws -> [JSONSchema.Violation] {
        try JSONSchema(compiling: JSONValue(parsing: schema)).validate(value)
    }

    @Test func deepValuesAreChecked() throws {
        #expect(try Self.validate(##"{"properties":{"a":{"$ref":"#"}}}"##, Self.deep).isEmpty)
    }

    @Test func circlesOfDynamicReferencesEnd() throws {
        let schema =
            ##"{"$id":"http://x/r","$dynamicAnchor":"m","$ref":"t","$defs":{"t":{"$id":"t","$dynamicRef":"#m","##
            + ##""$defs":{"q":{"$dynamicAnchor":"m"}}}}}"##
        #expect(try Self.validate(schema, 1).map(\.message) == ["nests too deep to be checked against the schema"])
    }

    static let expensive: [(String, JSONValue)] = [
        (##"{"properties":{"a":{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}},"required":["z"]}"##, deep),
        (##"{"not":{"properties":{"a":{"not":{"allOf":[{"$ref":"#"},{"not":{"$ref":"#"}}]}}}}}"##, deep),
        (
            #"{"items":{"pattern":"^(a|aa)+$"}}"#,
            .array(Array(repeating: .string(String(repeating: "a", count: 14) + "b"), count: 20_000))
        ),
        (#"{"pattern":"^(a|aa)+$"}"#, .string(String(repeating: "a", count: 100) + "b")),
        (#"{"not":{"pattern":"^(a|aa)+$"}}"#, .string(String(repeating: "a", count: 100) + "b")),
    ]

    @Test(arguments: expensive)
    func boundedWorkEndsInAViolation(schema: String, value: JSONValue) throws {
        let violations = try Self.validate(schema, value)
        #expect((1...101).contains(violations.count))
    }

    @Test func checksOfTheWholeValueAreCharged() throws {
        let checks = JSONValue.array(Array(repeating: ["uniqueItems": true], count: 2_000))
        let violations = try JSONSchema(compiling: ["allOf": checks]).validate(.array((0..<5_000).map { .integer($0) }))
        #expect(violations.map(\.message) == ["takes too much work to be checked against the schema"])
    }

    @Test func hugeSchemasAreRefused() {
        let schemas = JSONValue.array(Array(repeating: [:], count: 30_000))
        #expect(throws: JSONSchemaError.self) { try JSONSchema(compiling: ["allOf": schemas]) }
    }

    @Test func defaultsOfDefaultsAreBounded() throws {
        var properties = JSONObject()
        for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            properties[name] = ["$ref": .string("#/$defs/\(name)")]
        }
        let node: JSONValue = ["default": [:], "properties": .object(properties)]
        let schema: JSONValue = [
            "properties": .object(properties), "$defs": .object(properties.mapValues { _ in node }),
        ]
        let filled = try JSONSchema(compiling: schema).applyingDefaults(to: [:])
        #expect(filled.object?.count == 10)
    }

    /// Any JSON at all as a schema: it compiles or is refused, and validating ends.
    @Test func randomSchemasNeverCrash() throws {
        var random = SplitMix(state: 3)
        let keys = [
            "type", "enum", "const", "$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor", "allOf", "anyOf",
            "oneOf",
            "not", "if", "then", "else", "items", "prefixItems", "contains", "minContains", "properties", "required",
            "patternProperties", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "pattern",
            "format",
            "minimum", "maxLength", "uniqueItems", "$defs", "dependentSchemas", "propertyNames", "multipleOf",
            "default",
        ]
        let leaves: [JSONValue] = [
            true, false, 0, 1, -1, 0.5, "string", "object", "#", "#/$defs/a", "#a", "a", "^a(b|c)*$", "date", nil,
        ]
        func make(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth == 0 ? 1 : 5), using: &random) {
            case 0: return leaves.randomElement(using: &random) ?? nil
            case 1: return .array((0..<Int.random(in: 0...2, using: &random)).map { _ in make(depth - 1) })
            default:
                var object = JSONObject()
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    object[keys.randomElement(using: &random) ?? "a"] = make(depth - 1)
                }
                return .object(object)
            }
        }
        var compiled = 0
        for _ in 0..<20_000 {
            guard let schema = try? JSONSchema(compiling: make(4)) else { continue }
            compiled += 1
            let instance = make(3)
            _ = schema.validate(schema.applyingDefaults(to: instance))
        }
        #expect(compiled > 1_000)
    }
}
