internal import SwiftProtobuf
internal import TemporalProtocol

extension Payload {
    init(_ message: Temporal_Api_Common_V1_Payload) {
        self.init(metadata: message.metadata, data: message.data)
    }

    var message: Temporal_Api_Common_V1_Payload {
        .with {
            $0.metadata = metadata
            $0.data = data
        }
    }
}

extension [Payload] {
    init(_ message: Temporal_Api_Common_V1_Payloads) {
        self = message.payloads.map { Payload($0) }
    }

    var message: Temporal_Api_Common_V1_Payloads { .with { $0.payloads = map(\.message) } }
}

extension [String: Payload] {
    init(_ fields: [String: Temporal_Api_Common_V1_Payload]) {
        self = fields.mapValues { Payload($0) }
    }

    var messages: [String: Temporal_Api_Common_V1_Payload] { mapValues(\.message) }
}
