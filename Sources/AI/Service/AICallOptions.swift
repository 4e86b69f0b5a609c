/// How an operation is performed, beyond what it is.
package struct AICallOptions: Sendable, Hashable {
    package enum CacheUse: String, Sendable, Hashable, CaseIterable {
        case use
        /// Asks anew, and keeps the answer for others.
        case refresh
        /// Neither reads nor keeps.
        case bypass
    }

    /// Only this model, which must be among the tier's; nil: whichever is chosen.
    package var model: AIModel?
    package var cache: CacheUse
    /// Whether a retried activity gets the answer that was paid for. Not where it may hold secrets, which nothing keeps: that
    /// is paid for again.
    package var isRecorded: Bool

    package init(model: AIModel? = nil, cache: CacheUse = .use, isRecorded: Bool = true) {
        self.model = model
        self.cache = cache
        self.isRecorded = isRecorded
    }
}
