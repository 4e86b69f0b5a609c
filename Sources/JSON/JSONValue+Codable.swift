/// A value encodes as one string that holds its JSON text: coders such as Foundation's reorder keys, round integers
/// and recurse. To embed a value as JSON inside JSON, build the outer text as a `JSONValue` too.
extension JSONValue: Codable {
    @usableFromInline
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = try JSONValue(parsing: container.decode(String.self))
        } catch let error as JSONParseError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    @usableFromInline
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(serialized())
    }
}
