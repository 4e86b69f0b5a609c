#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Names an activity to whoever completes it from elsewhere.
package enum ActivityReference: Sendable, Hashable {
    /// One attempt, by the token that its `ActivityTask` carries.
    case token(Data)
    /// Whatever attempt runs; without a run id, of the workflow's latest run.
    case id(workflowID: String, runID: String = "", activityID: String)
}
