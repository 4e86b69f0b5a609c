package import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

/// Histories kept in files.
package enum HistoryFile {
    /// The JSON of `temporal workflow show --output json` or of a download in Temporal's UI: an object with `events`, or the
    /// array alone. Enum values may be written `EVENT_TYPE_TIMER_STARTED` or, as older tools do, `TimerStarted`.
    package static func events(json: Data) throws(HistoryFault) -> [HistoryEvent] {
        let history: Temporal_Api_History_V1_History
        do {
            var options = JSONDecodingOptions()
            options.ignoreUnknownFields = true
            history = try .init(jsonUTF8Data: try normalized(json), options: options)
        } catch {
            throw HistoryFault(message: "this JSON is no history: \(error)")
        }
        return try HistoryEvent.events(history.events)
    }

    /// A serialized `temporal.api.history.v1.History`.
    package static func events(protobuf: Data) throws(HistoryFault) -> [HistoryEvent] {
        let history: Temporal_Api_History_V1_History
        do { history = try .init(serializedBytes: protobuf) } catch {
            throw HistoryFault(message: "these bytes are no history: \(error)")
        }
        return try HistoryEvent.events(history.events)
    }

    private static func normalized(_ json: Data) throws -> Data {
        var value = try JSONSerialization.jsonObject(with: json)
        if let events = value as? [Any] { value = ["events": events] }
        return try JSONSerialization.data(withJSONObject: respelled(value, key: ""))
    }

    /// Fields whose values are enums, in what a worker reads.
    private static let prefixes = [
        "eventType": "EVENT_TYPE_", "kind": "TASK_QUEUE_KIND_", "retryState": "RETRY_STATE_",
        "timeoutType": "TIMEOUT_TYPE_", "cause": "WORKFLOW_TASK_FAILED_CAUSE_",
        "initiator": "CONTINUE_AS_NEW_INITIATOR_",
        "parentClosePolicy": "PARENT_CLOSE_POLICY_", "workflowIdReusePolicy": "WORKFLOW_ID_REUSE_POLICY_",
    ]

    private static func respelled(_ value: Any, key: String) -> Any {
        switch value {
        case let object as [String: Any]:
            var result: [String: Any] = [:]
            for (key, value) in object { result[key] = respelled(value, key: key) }
            return result
        case let array as [Any]: return array.map { respelled($0, key: "") }
        case let text as String:
            // A cancel request's `cause` is free text; an enum's older spelling is one word.
            guard let prefix = prefixes[key], let first = text.first, first.isUppercase,
                !text.contains(where: { !$0.isLetter })
            else { return value }
            return prefix + screamed(text)
        default: return value
        }
    }

    private static func screamed(_ words: String) -> String {
        var result = ""
        for character in words {
            if character.isUppercase, !result.isEmpty { result.append("_") }
            result += character.uppercased()
        }
        return result
    }
}
