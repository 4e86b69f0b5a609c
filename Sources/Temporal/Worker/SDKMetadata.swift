internal import SwiftProtobuf
internal import TemporalProtocol

/// Which program answered: recorded once, and again when it changes.
enum SDKMetadata {
    static let name = TemporalConnection.clientName
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
