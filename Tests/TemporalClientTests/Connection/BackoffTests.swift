import Temporal
import Testing

@Suite struct BackoffTests {
    @Test func waitsGrowToTheirBoundWithJitter() {
        var waits: [[Duration]] = Array(repeating: [], count: 30)
        for _ in 0..<200 {
            var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(5))
            for attempt in waits.indices { waits[attempt].append(backoff.next()) }
        }
        for (attempt, drawn) in waits.enumerated() {
            let bound = min(Duration.seconds(5), .milliseconds(100 << min(attempt, 10)))
            #expect(drawn.allSatisfy { $0 <= bound && $0 >= bound / 10 })
            #expect(Set(drawn).count > 100)
        }
    }

    @Test func resetStartsAnew() {
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(5))
        for _ in 0..<10 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }
}
