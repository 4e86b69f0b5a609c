import Foundation
import Synchronization
import Temporal
import TestSupport
import Testing

/// Lower bounds of time only: a busy machine makes everything slower.
@Suite(.temporalServer(), .timeLimit(.minutes(2)))
struct RateTests {
    /// - Returns: from the first to the last beginning of as many activities.
    private func span(_ count: Int, workers: Int = 1, configure: (inout ActivityWorkerConfiguration) -> Void)
        async throws -> Duration
    {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let begins = Mutex<[ContinuousClock.Instant]>([])
            let plan = OneActivity.Plan("quick") { $0.count = count }
            let outcome = try await kitchen.run(plan, configure: configure) { _ in
                begins.withLock { $0.append(.now) }
                return try DataConverter.encode("done")
            }
            #expect(try kitchen.text(outcome) == "\"done\"")
            let all = begins.withLock { $0.sorted() }
            #expect(all.count == count)
            return all[0].duration(to: all[count - 1])
        }
    }

    @Test func aWorkerBeginsNoMoreThanItsRate() async throws {
        let span = try await span(12) { configuration in
            configuration.maximumActivitiesPerSecond = 5
            configuration.pollers = 3
        }
        // As many polls as there are pollers may wait with their turns taken.
        #expect(span >= .milliseconds(1_600), "\(span)")
    }

    @Test func theServerPacesAQueueAsItsWorkersSay() async throws {
        let span = try await span(16) { $0.taskQueueActivitiesPerSecond = 4 }
        // The server lets about a second's worth through at once.
        #expect(span >= .milliseconds(1_600), "\(span)")
    }

    @Test func withoutARateNothingIsPaced() async throws {
        // Not a bound of time: the rates above would need 2 and 3 seconds for as many.
        var spans: [Duration] = []
        for _ in 1...3 { spans.append(try await span(12) { _ in }) }
        #expect(spans.contains { $0 < .milliseconds(1_600) }, "\(spans)")
    }
}
