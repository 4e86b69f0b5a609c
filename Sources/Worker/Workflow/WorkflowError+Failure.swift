import JSON
package import Temporal
import WorkflowDefinition
package import WorkflowEngine

extension WorkflowError {
    /// As Temporal records it: an application failure of the error's type, with the error document as its detail.
    package func failure(nonRetryable: Bool = true) -> Failure {
        .application(detail ?? title, type: type, nonRetryable: nonRetryable, details: [.json(json)])
    }

    /// The error document of a failed activity: its own where it gave one, the standard type that fits otherwise.
    package init(_ failure: Failure) {
        var root = failure
        while case .activity = root.kind, let cause = root.cause { root = cause }
        switch root.kind {
        case .application(let type, _, let details, _):
            if let document = try? details.first?.jsonValue(), let error = WorkflowError(json: document) {
                self = error
                self.instance = ""
            } else {
                // An activity of another SDK: its type and message are all there is.
                self.init(.runtime, detail: type.isEmpty ? root.description : "\(type): \(root.description)")
            }
        case .timeout(let kind, _): self.init(.timeout, detail: Self.describe(kind))
        default: self.init(.runtime, detail: root.description)
        }
    }

    private static func describe(_ kind: Failure.TimeoutKind) -> String {
        switch kind {
        case .scheduleToStart: "no worker took the activity in time"
        case .scheduleToClose: "the activity did not finish in time, all attempts included"
        case .heartbeat: "the activity fell silent"
        case .startToClose, .unspecified: "the activity did not finish in time"
        }
    }
}
