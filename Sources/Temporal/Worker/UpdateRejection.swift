internal import SwiftProtobuf
internal import TemporalProtocol

/// Machines take no updates yet: whoever sends one is told so at once instead of waiting.
enum UpdateRejection {
    static func answers(to messages: [Temporal_Api_Protocol_V1_Message]) -> [Temporal_Api_Protocol_V1_Message] {
        messages.compactMap { message in
            guard let request = try? Temporal_Api_Update_V1_Request(unpackingAny: message.body) else { return nil }
            let failure = Failure.application(
                "this workflow takes no updates; \(request.input.name) is none of its handlers", type: "UnknownUpdate")
            let rejection = Temporal_Api_Update_V1_Rejection.with {
                $0.rejectedRequestMessageID = message.id
                $0.rejectedRequestSequencingEventID = message.eventID
                $0.rejectedRequest = request
                $0.failure = failure.proto
            }
            guard let body = try? Google_Protobuf_Any(message: rejection) else { return nil }
            return .with {
                $0.id = "\(message.id)/reject"
                $0.protocolInstanceID = message.protocolInstanceID
                $0.body = body
            }
        }
    }
}

/// Which program answered: recorded once, and again when it changes.
enum SDKMetadata {
    static let name = "workflow-service-swift"
    static let version = "1"

    static func message(
        after recorded: (name: String, version: String)
    ) -> Temporal_Api_Sdk_V1_WorkflowTaskCompletedMetadata {
        .with {
            if recorded.name != name { $0.sdkName = name }
            if recorded.version != version { $0.sdkVersion = version }
        }
    }
}
