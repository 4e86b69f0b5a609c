import JSON
import Testing

@Suite struct SchemaTests {
    static func schema(_ text: String) throws -> JSONSchema { try JSONSchema(compiling: JSONValue(parsing: text)) }

    static let messages: [(String, JSONValue, [String])] = [
        (#"{"type":"object","required":["name","id"]}"#, ["id": 1], [#""name" is required"#]),
        (#"{"properties":{"a":{"enum":[1,"x",null]}}}"#, ["a": 2], [#"/a: must be one of 1, "x", null"#]),
        (#"{"type":["string","null"]}"#, 1, ["must be of type string or null, not number"]),
        (#"{"type":"integer"}"#, 1.5, ["must be of type integer, not number"]),
        (#"{"items":{"minimum":3,"maximum":4}}"#, [2, 3, 5], ["/0: must be at least 3", "/2: must be at most 4"]),
        (#"{"minLength":2}"#, "é", ["must have at least 2 characters"]),
        (#"{"maxLength":1}"#, "😀", []),
        (#"{"pattern":"^a"}"#, "b", [#"must match the pattern "^a""#]),
        (#"{"format":"email"}"#, "x", ["must be a valid email"]),
        (#"{"additionalProperties":false}"#, ["x": 1], ["/x: is not allowed"]),
        (#"{"const":{"a":1}}"#, 1, [#"must be {"a":1}"#]),
        (#"{"multipleOf":0.01}"#, 0.005, ["must be a multiple of 0.01"]),
        (#"{"uniqueItems":true}"#, [1, 2, 1.0], ["must have unique items, but items 0 and 2 are equal"]),
        (#"{"contains":{"type":"string"}}"#, [1], ["must contain at least 1 matching item, not 0"]),
        (
            #"{"anyOf":[{"type":"string"},{"items":{"type":"integer"}}]}"#, [1.5],
            ["meets none of 2 alternatives: must be of type string, not array; /0 must be of type integer, not number"]
        ),
        (
            #"{"oneOf":[{"minimum":1},{"minimum":2}]}"#, 3,
            ["must meet only one of the alternatives, but meets number 1 and 2"]
        ),
        (#"{"not":{"type":"null"}}"#, nil, ["is of a kind that is not allowed here"]),
        (#"{"if":{"type":"string"},"then":{"minLength":1},"else":{"minimum":0}}"#, -1, ["must be at least 0"]),
        (#"{"dependentRequired":{"card":["address"]}}"#, ["card": 1], [#""address" is required beside "card""#]),
        (
            #"{"type":"integer","minimum":9223372036854775807}"#, .integer(.max - 1),
            ["must be at least 9223372036854775807"]
        ),
    ]

    @Test(arguments: messages)
    func violationsReadWell(schema: String, instance: JSONValue, expected: [String]) throws {
        #expect(try Self.schema(schema).validate(instance).map(\.description) == expected)
    }

    @Test func violationsPointIntoInstanceAndSchema() throws {
        let schema = try Self.schema(
            ##"{"properties":{"list":{"items":{"$ref":"#/$defs/entry"}}},"$defs":{"entry":{"allOf":[{"type":"string"}]}}}"##
        )
        let violation = try #require(schema.validate(["list": ["a", 1]]).first)
        #expect(violation.instance == "/list/1")
        #expect(violation.keyword == "/properties/list/items/$ref/allOf/0/type")
    }

    static let wrong: [(String, JSONPointer)] = [
        ("1", ""), (#"{"type":"text"}"#, "/type"), (#"{"properties":{"a":{"minimum":"1"}}}"#, "/properties/a/minimum"),
        (#"{"pattern":"("}"#, "/pattern"), (##"{"$ref":"#/none"}"##, "/$ref"), (##"{"$ref":"#none"}"##, "/$ref"),
        (#"{"$ref":"https://example.com/other"}"#, "/$ref"), (#"{"allOf":[]}"#, "/allOf"),
        (#"{"items":[{}]}"#, "/items"),
        (#"{"multipleOf":0}"#, "/multipleOf"), (#"{"maxLength":-1}"#, "/maxLength"),
        (#"{"required":"a"}"#, "/required"),
        (#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#, "/$schema"), (##"{"$ref":"#"}"##, ""),
        (##"{"$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"anyOf":[{},{"$ref":"#/$defs/a"}]}}}"##, "/$defs/a"),
        (#"{"$id":"https://example.com/a#b"}"#, "/$id"), (##"{"$ref":"#/%ZZ"}"##, "/$ref"),
    ]

    @Test(arguments: wrong)
    func wrongSchemasNameThePlace(text: String, place: JSONPointer) throws {
        let error = #expect(throws: JSONSchemaError.self) { try Self.schema(text) }
        #expect(error?.schema == place, "\(error.map(\.description) ?? "")")
    }

    @Test func formatsAreNotesWhenAsked() throws {
        let value = try JSONValue(parsing: #"{"format":"date"}"#)
        #expect(try JSONSchema(compiling: value, assertsFormats: false).validate("x").isEmpty)
        #expect(try JSONSchema(compiling: value).validate("x").count == 1)
        #expect(try Self.schema(#"{"format":"our-own"}"#).validate("x").isEmpty)
    }

    @Test func documentsComeFromTheResolverOnly() throws {
        let schema = try JSONSchema(compiling: ["$ref": "https://example.com/defs#/$defs/a"]) { uri in
            if uri == "https://example.com/defs" { return ["$defs": ["a": ["$ref": "other"]]] }
            return uri == "https://example.com/other" ? .some(false) : .none
        }
        #expect(schema.validate(1).count == 1)
    }

    @Test func aSchemaCanBeCheckedByTheMetaSchema() throws {
        let schema = try JSONSchema(compiling: ["$ref": "https://json-schema.org/draft/2020-12/schema"])
        #expect(schema.validate(["properties": ["a": ["type": "string"]]]).isEmpty)
        #expect(schema.validate(["properties": ["a": ["type": "text"]]]).first?.instance == "/properties/a/type")
    }

    static let defaults: [(String, JSONValue, JSONValue)] = [
        (#"{"properties":{"a":{"default":1},"b":{"default":null},"c":{}}}"#, ["a": 5], ["a": 5, "b": nil]),
        (#"{"properties":{"a":{"default":1}}}"#, [1], [1]),
        (#"{"properties":{"o":{"properties":{"p":{"default":1}}}}}"#, [:], [:]),
        (#"{"properties":{"o":{"properties":{"p":{"default":1}}}}}"#, ["o": [:]], ["o": ["p": 1]]),
        (#"{"properties":{"o":{"default":{},"properties":{"p":{"default":1}}}}}"#, [:], ["o": ["p": 1]]),
        (#"{"items":{"properties":{"p":{"default":1}}}}"#, [[:], 2], [["p": 1], 2]),
        (
            ##"{"allOf":[{"properties":{"a":{"$ref":"#/$defs/d"}}}],"$defs":{"d":{"default":"x"}}}"##, ["b": 1],
            ["b": 1, "a": "x"]
        ),
        (##"{"properties":{"next":{"$ref":"#","default":{}}}}"##, [:], ["next": ["next": [:]]]),
    ]

    @Test(arguments: defaults)
    func defaultsFillMissingProperties(schema: String, instance: JSONValue, filled: JSONValue) throws {
        #expect(try Self.schema(schema).applyingDefaults(to: instance) == filled)
    }
}
