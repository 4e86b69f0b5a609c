internal import SwiftProtobuf

extension Timestamp {
    init(_ message: Google_Protobuf_Timestamp) {
        self.init(seconds: message.seconds, nanoseconds: message.nanos)
    }

    var message: Google_Protobuf_Timestamp { .init(seconds: seconds, nanos: nanoseconds) }
}

extension Duration {
    init(_ message: Google_Protobuf_Duration) {
        self = .seconds(message.seconds) + .nanoseconds(Int64(message.nanos))
    }

    /// Whole nanoseconds; what is below is dropped.
    var message: Google_Protobuf_Duration {
        let (seconds, attoseconds) = components
        return .init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }
}
