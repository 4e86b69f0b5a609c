import JSON

/// The JSON Schemas of structured answers: what models are given, and what their answers are checked against. Strict ones,
/// which name every property as required, since some vendors take no others.
enum AnswerSchema {
    static func classification(_ categories: [String]) -> JSONValue { object(category(categories)) }

    static func classifications(_ categories: [String], keys: [String]) -> JSONValue {
        keyed(keys, category(categories))
    }

    static let extraction = object(entities)

    static func extractions(keys: [String]) -> JSONValue { keyed(keys, entities) }

    /// What stands for "no category fits".
    static let unsure = "unsure"

    private static func category(_ categories: [String]) -> [(String, JSONValue)] {
        let answers = categories.contains(unsure) ? categories : categories + [unsure]
        return [
            ("category", ["type": "string", "enum": .array(answers.map { .string($0) })]),
            ("confidence", ["type": "number"]),
        ]
    }

    private static let entities: [(String, JSONValue)] = [
        (
            "entities",
            [
                "type": "array",
                "items": object([
                    ("type", ["type": "string", "enum": .array(EntityLocator.types.map { .string($0) })]),
                    ("text", ["type": "string"]),
                    ("confidence", ["type": "number"]),
                ]),
            ]
        )
    ]

    private static func keyed(_ keys: [String], _ properties: [(String, JSONValue)]) -> JSONValue {
        let key: JSONValue = ["type": "string", "enum": .array(keys.map { .string($0) })]
        return object([("answers", ["type": "array", "items": object([("key", key)] + properties)])])
    }

    private static func object(_ properties: [(String, JSONValue)]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "properties": .object(members), "required": .array(properties.map { .string($0.0) }),
            "additionalProperties": false,
        ]
    }
}
