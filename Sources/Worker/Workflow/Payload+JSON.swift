import Foundation
package import JSON
package import Temporal

extension Payload {
    package static func json(_ value: JSONValue) -> Payload { .json(Data(value.serializedBytes())) }

    /// The value inside, whichever SDK encoded it.
    ///
    /// - Throws: `UnreadablePayload` for an encoding that is no JSON (encrypted, protobuf) or damaged JSON.
    package func jsonValue() throws(UnreadablePayload) -> JSONValue {
        switch encoding {
        case "json/plain", "json/protobuf":
            do {
                return try JSONValue(parsing: [UInt8](data))
            } catch {
                throw UnreadablePayload(reason: "it is damaged: \(error)")
            }
        case "binary/null": return .null
        case nil where data.isEmpty: return .null
        case "binary/plain": return .string(data.base64EncodedString())
        default: throw UnreadablePayload(reason: "its encoding is \(encoding ?? "not given"); json/plain is expected")
        }
    }
}

package struct UnreadablePayload: Error, Sendable, CustomStringConvertible {
    package var reason: String
    package var description: String { "the payload cannot be read: \(reason)" }
}
