package import Foundation

/// One provider call, as the ledger (`ai_usage_logs`) keeps it.
package struct UsageRecord: Sendable, Hashable {
    /// Derived from execution, activity, attempt and call, so that writing it twice leaves one row; random outside a workflow.
    package var id: UUID
    package var caller: AICaller
    /// Counts the provider calls of one operation from 0.
    package var callIndex: Int
    package var provider: String
    package var model: String
    /// nil where the call failed and nothing is known.
    package var usage: AIUsage?
    package var latency: Duration
    /// nil when the call succeeded.
    package var error: AIError.Code?
    package var confidence: Double?
    /// The call was made because a preferred model could not answer.
    package var usedFailover: Bool
}
