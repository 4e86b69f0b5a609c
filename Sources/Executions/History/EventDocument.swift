import Foundation
import JSON
import Temporal
import Worker

/// An event of a history as its tenant reads it: Temporal's JSON with the payloads as the values that they are, and without
/// what tells of the machines that run the service.
struct EventDocument: Sendable {
    let codec: any PayloadCodec

    private static let hidden: Set<String> = [
        "identity", "stackTrace", "binaryChecksum", "workerVersion", "sdkMetadata", "meteringMetadata", "taskId",
    ]

    func json(of event: RecordedEvent) async throws -> JSONValue {
        try await readable(try JSONValue(parsing: [UInt8](try event.json())))
    }

    private func readable(_ value: JSONValue) async throws -> JSONValue {
        switch value {
        case .array(let elements):
            var result: [JSONValue] = []
            result.reserveCapacity(elements.count)
            for element in elements { result.append(try await readable(element)) }
            return .array(result)
        case .object(let object):
            if let payload = Payload(object) { return try await decoded(payload) }
            var result = JSONObject()
            for (key, value) in object where !Self.hidden.contains(key) { result[key] = try await readable(value) }
            // Where messages of failures are encrypted, they travel beside.
            if let attributes = result["encodedAttributes"], let message = attributes["message"] {
                result["message"] = message
                result["encodedAttributes"] = nil
            }
            return .object(result)
        case .null, .bool, .integer, .double, .string: return value
        }
    }

    private func decoded(_ payload: Payload) async throws -> JSONValue {
        do {
            return try (try await codec.decoding(payload) ?? payload).jsonValue()
        } catch let error as UnreadablePayload {
            return ["unreadable": .string(error.reason)]
        } catch let error as TemporalError where error.code == .payload {
            return ["unreadable": .string(error.message)]
        }
    }
}

extension Payload {
    /// Nothing else in a history has this form; what tenants write is inside of `data`.
    fileprivate init?(_ object: JSONObject) {
        guard let metadata = object["metadata"]?.object, metadata["encoding"]?.string != nil,
            object.keys.allSatisfy({ ["metadata", "data", "externalPayloads"].contains($0) })
        else { return nil }
        self.init()
        for (key, value) in metadata { self.metadata[key] = value.string.flatMap { Data(base64Encoded: $0) } }
        guard encoding != nil else { return nil }
        data = object["data"]?.string.flatMap { Data(base64Encoded: $0) } ?? Data()
    }
}
