package import Foundation

/// When a failed delivery is tried again: the delays that Standard Webhooks suggests, about three days in all.
package struct RetryPlan: Sendable {
    /// After the first attempt, the second, …; one more failure gives up.
    package var delays: [Duration]
    /// Each delay is longer or shorter by up to this part, so that what failed together does not return together.
    package var jitter: Double
    /// A receiver that asks for more than this is asked again then.
    package var longest: Duration

    package init(
        delays: [Duration] = [
            .seconds(5), .seconds(5 * 60), .seconds(30 * 60), .seconds(2 * 3600), .seconds(5 * 3600),
            .seconds(10 * 3600), .seconds(14 * 3600), .seconds(20 * 3600), .seconds(24 * 3600),
        ],
        jitter: Double = 0.2, longest: Duration = .seconds(24 * 3600)
    ) {
        self.delays = delays
        self.jitter = jitter
        self.longest = longest
    }

    /// - Parameters:
    ///   - attempt: the one that failed, from 1.
    ///   - asked: what the receiver's Retry-After says.
    /// - Returns: nil to give up.
    package func next(after attempt: Int, asked: Duration?, now: Date) -> Date? {
        guard attempt >= 1, attempt <= delays.count else { return nil }
        let planned = delays[attempt - 1] * Double.random(in: (1 - jitter)...(1 + jitter))
        let delay = max(planned, min(asked ?? .zero, longest))
        return now.addingTimeInterval(delay / .seconds(1))
    }
}
