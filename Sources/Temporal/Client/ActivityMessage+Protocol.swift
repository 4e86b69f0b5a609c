internal import SwiftProtobuf
internal import TemporalProtocol

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a worker adds to its reports.
struct ActivityReporter: Sendable {
    var buildID = ""
    /// For servers that route by it.
    var workflowID = ""
    var policy = CallPolicy.standard
}

/// What the messages share that name an activity by its task's token.
protocol ActivityTokenMessage {
    var namespace: String { get set }
    var identity: String { get set }
    var resourceID: String { get set }
    var taskToken: Data { get set }
}

/// What those share that name it by its ids.
protocol ActivityIDMessage {
    var namespace: String { get set }
    var identity: String { get set }
    var resourceID: String { get set }
    var workflowID: String { get set }
    var runID: String { get set }
    var activityID: String { get set }
}

extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedRequest: ActivityTokenMessage {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest: ActivityTokenMessage {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest: ActivityTokenMessage {}
extension Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest: ActivityTokenMessage {}

extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdRequest: ActivityIDMessage {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedByIdRequest: ActivityIDMessage {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledByIdRequest: ActivityIDMessage {}
extension Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatByIdRequest: ActivityIDMessage {}

extension TemporalClient {
    func address(_ message: inout some ActivityTokenMessage, _ token: Data, _ sender: ActivityReporter) {
        message.namespace = namespace
        message.identity = identity
        message.resourceID = sender.workflowID
        message.taskToken = token
    }

    func address(
        _ message: inout some ActivityIDMessage, _ workflowID: String, _ runID: String, _ activityID: String
    ) {
        message.namespace = namespace
        message.identity = identity
        message.resourceID = workflowID
        message.workflowID = workflowID
        message.runID = runID
        message.activityID = activityID
    }
}
