internal import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

/// Updates travel as messages beside a task and its completion; acceptance and answer each have a command that says where
/// among the others they belong.
typealias ProtocolMessage = Temporal_Api_Protocol_V1_Message

extension UpdateRequest {
    /// What the messages of a task ask for; other kinds of message are not known and are left out.
    static func requests(
        in messages: [ProtocolMessage], codec: any PayloadCodec
    ) async throws(TemporalError) -> [UpdateRequest] {
        var requests: [UpdateRequest] = []
        for message in messages {
            guard let body = try? Temporal_Api_Update_V1_Request(unpackingAny: message.body) else { continue }
            var call = UpdateCall(body)
            call.input = try await codec.decoding(call.input)
            requests.append(
                UpdateRequest(
                    id: message.protocolInstanceID, call: call, messageID: message.id,
                    sequencingEventID: message.eventID))
        }
        return requests
    }

    var acceptanceID: String { "\(id)/accept" }
    static func completionID(_ id: String) -> String { "\(id)/complete" }

    fileprivate var acceptance: Temporal_Api_Update_V1_Acceptance {
        .with {
            $0.acceptedRequestMessageID = messageID
            $0.acceptedRequestSequencingEventID = sequencingEventID
        }
    }
}

extension OutgoingCommand {
    /// The message that goes with the command; nil for what is a command alone.
    func protocolMessage(_ encode: PayloadTransform) async throws(TemporalError) -> ProtocolMessage? {
        switch self {
        case .acceptUpdate(let update):
            return try ProtocolMessage(update.acceptanceID, of: update.id, update.acceptance)
        case .completeUpdate(let id, let result):
            var response = Temporal_Api_Update_V1_Response.with { $0.meta.updateID = id }
            switch result {
            case .success(let payload): response.outcome.success = try await encode([payload]).message
            case .failure(let failure): response.outcome.failure = try await encode(failure).proto
            }
            return try ProtocolMessage(UpdateRequest.completionID(id), of: id, response)
        default: return nil
        }
    }
}

extension RejectedUpdate {
    func protocolMessage(_ encode: PayloadTransform) async throws(TemporalError) -> ProtocolMessage {
        let failure = try await encode(failure)
        let rejection = Temporal_Api_Update_V1_Rejection.with {
            $0.rejectedRequestMessageID = request.messageID
            $0.rejectedRequestSequencingEventID = request.sequencingEventID
            $0.failure = failure.proto
        }
        return try ProtocolMessage("\(request.id)/reject", of: request.id, rejection)
    }
}

extension ProtocolMessage {
    fileprivate init(_ id: String, of update: String, _ body: some Message) throws(TemporalError) {
        self.init()
        self.id = id
        protocolInstanceID = update
        do { self.body = try Google_Protobuf_Any(message: body) } catch {
            throw TemporalError(.payload, "The answer to update \(update) cannot be written.", cause: error)
        }
    }
}
