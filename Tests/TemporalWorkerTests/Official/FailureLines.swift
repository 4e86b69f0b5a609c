import Foundation
import Temporal

extension Failure {
    /// One line for it and each of its causes, in the words of `Python/drive.py`.
    var lines: [String] {
        var line =
            switch kind {
            case .application(let type, let nonRetryable, let details, _):
                "application \(type) nonRetryable=\(nonRetryable) details=\(Self.text(details))"
            case .activity(let type, let id, _, _, _, let retry): "activity \(type) \(id) \(retry.name)"
            case .childWorkflow(let type, let id, _, let namespace, _, _, let retry):
                "child \(type) \(id) \(namespace) \(retry.name)"
            case .canceled(let details): "cancelled details=\(Self.text(details))"
            case .timeout(let kind, let details): "timeout \(kind) details=\(Self.text(details))"
            case .terminated: "terminated"
            default: "\(kind)"
            }
        line += " message=\(message)"
        return [line] + (cause?.lines ?? [])
    }

    private static func text(_ details: [Payload]) -> String {
        let values = details.map { payload in
            switch payload.encoding {
            case "binary/null": "null"
            case "binary/plain": "bytes " + payload.data.map { String($0) }.joined(separator: " ")
            default: String(decoding: payload.data, as: UTF8.self).replacing(" ", with: "")
            }
        }
        return "[\(values.joined(separator: ";"))]"
    }
}

extension Failure.RetryState {
    fileprivate var name: String {
        switch self {
        case .maximumAttemptsReached: "MAXIMUM_ATTEMPTS_REACHED"
        case .nonRetryableFailure: "NON_RETRYABLE_FAILURE"
        case .retryPolicyNotSet: "RETRY_POLICY_NOT_SET"
        case .cancelRequested: "CANCEL_REQUESTED"
        default: "\(self)"
        }
    }
}
