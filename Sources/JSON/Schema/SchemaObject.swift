/// A schema object's keywords, read with the type each has to have.
struct SchemaObject {
    private let members: JSONObject
    private let pointer: JSONPointer

    init(_ members: JSONObject, at pointer: JSONPointer) {
        self.members = members
        self.pointer = pointer
    }

    func value(_ keyword: String) -> JSONValue? { members[keyword] }

    func error(_ keyword: String, _ message: String) -> JSONSchemaError {
        JSONSchemaError(message: message, schema: pointer.appending(keyword))
    }

    func string(_ keyword: String) throws(JSONSchemaError) -> String? {
        guard let value = members[keyword] else { return nil }
        guard let string = value.string else { throw error(keyword, "must be a string") }
        return string
    }

    func number(_ keyword: String) throws(JSONSchemaError) -> JSONValue? {
        guard let value = members[keyword] else { return nil }
        guard value.double != nil else { throw error(keyword, "must be a number") }
        return value
    }

    /// A non-negative integer.
    func count(_ keyword: String) throws(JSONSchemaError) -> Int? {
        guard let value = members[keyword] else { return nil }
        guard let number = value.double, number >= 0, number.rounded() == number else {
            throw error(keyword, "must be a non-negative integer")
        }
        return Int(exactly: number) ?? .max
    }

    func bool(_ keyword: String) throws(JSONSchemaError) -> Bool? {
        guard let value = members[keyword] else { return nil }
        guard let bool = value.bool else { throw error(keyword, "must be a boolean") }
        return bool
    }

    func strings(_ keyword: String) throws(JSONSchemaError) -> [String]? {
        guard let value = members[keyword] else { return nil }
        let strings = value.array?.compactMap(\.string)
        guard let strings, strings.count == value.array?.count else {
            throw error(keyword, "must be an array of strings")
        }
        return strings
    }

    func array(_ keyword: String) throws(JSONSchemaError) -> [JSONValue]? {
        guard let value = members[keyword] else { return nil }
        guard let array = value.array else { throw error(keyword, "must be an array") }
        return array
    }

    func object(_ keyword: String) throws(JSONSchemaError) -> JSONObject? {
        guard let value = members[keyword] else { return nil }
        guard let object = value.object else { throw error(keyword, "must be an object") }
        return object
    }

    /// Every subschema with its place below this one.
    func subschemas() throws(JSONSchemaError) -> [(JSONPointer, JSONValue)] {
        var found: [(JSONPointer, JSONValue)] = []
        for (keyword, value) in members {
            let place = JSONPointer.root.appending(keyword)
            switch keyword {
            case "additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else",
                "unevaluatedItems", "unevaluatedProperties", "contentSchema":
                found.append((place, value))
            case "allOf", "anyOf", "oneOf", "prefixItems":
                let schemas = try array(keyword) ?? []
                guard !schemas.isEmpty else { throw error(keyword, "must hold a schema") }
                for (index, schema) in schemas.enumerated() { found.append((place.appending(index), schema)) }
            case "properties", "patternProperties", "dependentSchemas", "$defs", "definitions":
                for (key, schema) in try object(keyword) ?? [:] { found.append((place.appending(key), schema)) }
            case "dependencies":
                for (key, schema) in try object(keyword) ?? [:] where schema.array == nil {
                    found.append((place.appending(key), schema))
                }
            default: break
            }
        }
        return found
    }
}
