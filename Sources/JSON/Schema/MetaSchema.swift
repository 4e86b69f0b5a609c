/// The dialect that we know, and what a schema in it looks like, for references to it.
enum MetaSchema {
    static let uri = "https://json-schema.org/draft/2020-12/schema"
    static let vocabulary = "https://json-schema.org/draft/2020-12/vocab/"

    static func document(_ requested: String) -> JSONValue? {
        // Not `? schema : nil`: there, nil would be JSON's null.
        guard requested == uri else { return nil }
        return schema
    }

    /// Our own wording of the shape that each keyword has, in one document rather than one a vocabulary.
    private static let schema: JSONValue = {
        let schema: JSONValue = ["$dynamicRef": "#meta"]
        let schemas: JSONValue = ["type": "array", "minItems": 1, "items": schema]
        let schemasByKey: JSONValue = ["type": "object", "additionalProperties": schema]
        let count: JSONValue = ["type": "integer", "minimum": 0]
        let number: JSONValue = ["type": "number"]
        let string: JSONValue = ["type": "string"]
        let boolean: JSONValue = ["type": "boolean"]
        let strings: JSONValue = ["type": "array", "items": string, "uniqueItems": true]
        let typeName: JSONValue = ["enum": ["array", "boolean", "integer", "null", "number", "object", "string"]]
        let identifier: JSONValue = ["type": "string", "pattern": "^[^#]*#?$"]
        let anchor: JSONValue = ["type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"]

        var properties = JSONObject()
        func add(_ keywords: [String], _ shape: JSONValue) { for keyword in keywords { properties[keyword] = shape } }
        add(["$id"], identifier)
        add(["$anchor", "$dynamicAnchor"], anchor)
        add(["$schema", "$ref", "$dynamicRef", "$comment", "title", "description", "format", "pattern"], string)
        add(["contentEncoding", "contentMediaType"], string)
        add(["$vocabulary"], ["type": "object", "additionalProperties": boolean])
        add(["$defs", "definitions", "properties", "patternProperties", "dependentSchemas"], schemasByKey)
        add(["allOf", "anyOf", "oneOf", "prefixItems"], schemas)
        add(["not", "if", "then", "else", "items", "contains", "propertyNames", "additionalProperties"], schema)
        add(["unevaluatedItems", "unevaluatedProperties", "contentSchema"], schema)
        add(["type"], ["anyOf": [typeName, ["type": "array", "minItems": 1, "uniqueItems": true, "items": typeName]]])
        add(["enum", "examples"], ["type": "array"])
        add(["multipleOf"], ["type": "number", "exclusiveMinimum": 0])
        add(["maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"], number)
        add(["maxLength", "minLength", "maxItems", "minItems", "maxContains", "minContains"], count)
        add(["maxProperties", "minProperties"], count)
        add(["uniqueItems", "deprecated", "readOnly", "writeOnly"], boolean)
        add(["required"], strings)
        add(["dependentRequired"], ["type": "object", "additionalProperties": strings])
        return [
            "$id": .string(uri), "$schema": .string(uri), "$dynamicAnchor": "meta", "type": ["object", "boolean"],
            "properties": .object(properties),
        ]
    }()
}
