internal import SwiftProtobuf
internal import TemporalProtocol

extension RetryPolicy {
    var message: Temporal_Api_Common_V1_RetryPolicy {
        .with {
            $0.initialInterval = initialInterval.message
            $0.backoffCoefficient = backoffCoefficient
            if let maximumInterval { $0.maximumInterval = maximumInterval.message }
            $0.maximumAttempts = Int32(clamping: maximumAttempts)
            $0.nonRetryableErrorTypes = nonRetryableErrorTypes
        }
    }

    init(_ message: Temporal_Api_Common_V1_RetryPolicy) {
        self.init(
            initialInterval: Duration(message.initialInterval), backoffCoefficient: message.backoffCoefficient,
            maximumInterval: message.hasMaximumInterval ? Duration(message.maximumInterval) : nil,
            maximumAttempts: Int(message.maximumAttempts), nonRetryableErrorTypes: message.nonRetryableErrorTypes
        )
    }
}

extension Priority {
    var message: Temporal_Api_Common_V1_Priority {
        .with {
            $0.priorityKey = Int32(clamping: key ?? 0)
            $0.fairnessKey = fairnessKey ?? ""
            $0.fairnessWeight = fairnessWeight ?? 0
        }
    }

    init(_ message: Temporal_Api_Common_V1_Priority) {
        self.init(
            key: message.priorityKey == 0 ? nil : Int(message.priorityKey),
            fairnessKey: message.fairnessKey.isEmpty ? nil : message.fairnessKey,
            fairnessWeight: message.fairnessWeight == 0 ? nil : message.fairnessWeight
        )
    }
}

extension WorkflowStatus {
    init(_ status: Temporal_Api_Enums_V1_WorkflowExecutionStatus) {
        self =
            switch status {
            case .running: .running
            case .completed: .completed
            case .failed: .failed
            case .canceled: .canceled
            case .terminated: .terminated
            case .continuedAsNew: .continuedAsNew
            case .timedOut: .timedOut
            case .paused: .paused
            case .unspecified, .UNRECOGNIZED: .unknown
            }
    }
}
