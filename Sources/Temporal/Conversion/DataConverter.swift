internal import Foundation

/// Values ↔ payloads as Temporal's SDKs write them: bytes as `binary/plain`, nil as `binary/null`, the rest as JSON.
package enum DataConverter {
    /// A value that is JSON already is better passed on with `Payload.json`.
    package static func encode<Value: Encodable>(_ value: Value) throws(TemporalError) -> Payload {
        if let bytes = value as? Data { return .binary(bytes) }
        // By its type: any empty array casts to any other.
        if Value.self == [UInt8].self, let bytes = value as? [UInt8] { return .binary(Data(bytes)) }
        if let optional = value as? any OptionalValue, optional.isNil { return .null }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return .json(try encoder.encode(value))
        } catch {
            throw TemporalError(.payload, "A \(Value.self) cannot be written as JSON.", cause: error)
        }
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from payload: Payload
    ) throws(TemporalError) -> Value {
        switch payload.encoding {
        case "json/plain", "json/protobuf":
            do {
                return try JSONDecoder().decode(type, from: payload.data)
            } catch {
                throw TemporalError(.payload, "A payload's JSON is no \(type).", cause: error)
            }
        case "binary/null":
            if let absent = (type as? any OptionalValue.Type)?.absent as? Value { return absent }
        case "binary/plain":
            if let bytes = payload.data as? Value { return bytes }
            if type == [UInt8].self, let bytes = [UInt8](payload.data) as? Value { return bytes }
        default: break
        }
        throw TemporalError(.payload, "A payload of encoding \"\(payload.encoding ?? "")\" is no \(type).")
    }
}

private protocol OptionalValue {
    static var absent: Self { get }
    var isNil: Bool { get }
}

extension Optional: OptionalValue {
    fileprivate static var absent: Self { nil }
    fileprivate var isNil: Bool {
        if case .none = self { true } else { false }
    }
}
