internal import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

extension WorkflowRun {
    /// A query's answer, those included that Temporal's UI and CLI ask of every workflow.
    package func answer(_ call: QueryCall) throws(Failure) -> Payload {
        switch call.name {
        case "__temporal_workflow_metadata": try metadata()
        case "__stack_trace": try stackTrace(call)
        default: try query(call)
        }
    }

    private func metadata() throws(Failure) -> Payload {
        let metadata = machine?.metadata ?? WorkflowMetadata()
        let reserved = [
            WorkflowMetadata.Interaction(name: "__stack_trace", description: "What the workflow waits for.")
        ]
        let message = Temporal_Api_Sdk_V1_WorkflowMetadata.with {
            $0.definition.type = workflowType
            $0.definition.queryDefinitions = (metadata.queries + reserved).map(\.message)
            $0.definition.signalDefinitions = metadata.signals.map(\.message)
            $0.definition.updateDefinitions = metadata.updates.map(\.message)
            $0.currentDetails = metadata.currentDetails
        }
        guard let json = try? message.jsonUTF8Data() else {
            throw .application("the workflow's metadata cannot be written", type: "QueryFailed")
        }
        var payload = Payload(metadata: ["encoding": Data("json/protobuf".utf8)], data: json)
        payload.metadata["messageType"] = Data(Temporal_Api_Sdk_V1_WorkflowMetadata.protoMessageName.utf8)
        return payload
    }

    /// The machine's own words, or what it waits for.
    private func stackTrace(_ call: QueryCall) throws(Failure) -> Payload {
        if let answer = try? query(call) { return answer }
        let text = outcome == nil ? (["waiting for:"] + waitingFor).joined(separator: "\n  ") : "closed"
        do { return try DataConverter.encode(text) } catch {
            throw .application(error.description, type: "QueryFailed")
        }
    }
}

extension WorkflowMetadata.Interaction {
    fileprivate var message: Temporal_Api_Sdk_V1_WorkflowInteractionDefinition {
        .with {
            $0.name = name
            $0.description_p = description
        }
    }
}
