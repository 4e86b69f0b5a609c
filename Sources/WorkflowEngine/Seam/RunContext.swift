/// What a run knows besides its definition and its input. It travels in the snapshot.
package struct RunContext: Sendable, Hashable, Codable {
    /// `$workflow.id`.
    package var executionID: String
    /// `$workflow.startedAt`, and the beginning of the workflow's timeout.
    package var startedAt: Instant
    /// The AI enhancement points were asked for.
    package var aiEnhanced: Bool
    /// Compared with the tiers of each enhancement point.
    package var tier: String
    /// Enhancement points that give their fallback though asked for, with the reason; by id.
    package var pointsOff: [String: String]
    /// Seeds the jitter of retries.
    package var randomSeed: UInt64
    /// `$runtime.version`.
    package var runtimeVersion: String

    package init(
        executionID: String, startedAt: Instant, aiEnhanced: Bool = false, tier: String = "",
        pointsOff: [String: String] = [:], randomSeed: UInt64 = 0,
        runtimeVersion: String = "1"
    ) {
        self.executionID = executionID
        self.startedAt = startedAt
        self.aiEnhanced = aiEnhanced
        self.tier = tier
        self.pointsOff = pointsOff
        self.randomSeed = randomSeed
        self.runtimeVersion = runtimeVersion
    }
}
