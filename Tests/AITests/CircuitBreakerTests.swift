import AI
import Testing

@Suite struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    private func breaker(_ change: (inout CircuitBreaker.Configuration) -> Void = { _ in }) -> CircuitBreaker {
        var configuration = CircuitBreaker.Configuration()
        change(&configuration)
        return CircuitBreaker(configuration)
    }

    private func admits(
        _ breaker: inout CircuitBreaker, at now: ContinuousClock.Instant, _ expected: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let admission = breaker.admit(at: now)
        #expect((admission != .refused) == expected, sourceLocation: sourceLocation)
    }

    @Test func opensAfterFailuresInARowAndTriesOneCallAfterAPause() {
        var breaker = breaker()
        for number in 1...5 {
            admits(&breaker, at: start)
            #expect(breaker.isClosed)
            breaker.ended(.failure, at: start + .seconds(number))
        }
        admits(&breaker, at: start + .seconds(6), false)
        #expect(breaker.pause(at: start + .seconds(6)) == .seconds(9))
        // One probe, and nobody beside it.
        admits(&breaker, at: start + .seconds(15))
        admits(&breaker, at: start + .seconds(15), false)
        // A call from before it opened decides nothing.
        breaker.ended(.failure, at: start + .seconds(15))
        breaker.ended(.success, asProbe: true, at: start + .seconds(16))
        #expect(breaker.isClosed)
        admits(&breaker, at: start + .seconds(16))
    }

    @Test func eachFailedProbeDoublesThePauseUpToABound() {
        var breaker = breaker { $0.failuresInARow = 1 }
        var now = start
        breaker.ended(.failure, at: now)
        for pause in [10, 20, 40, 80, 160, 300, 300] {
            #expect(breaker.pause(at: now) == .seconds(pause))
            now += .seconds(pause)
            admits(&breaker, at: now)
            breaker.ended(.failure, asProbe: true, at: now)
        }
    }

    @Test func aProbeThatSaysNothingLeavesTheNextToTry() {
        var breaker = breaker { $0.failuresInARow = 1 }
        breaker.ended(.failure, at: start)
        admits(&breaker, at: start + .seconds(10))
        breaker.ended(.none, asProbe: true, at: start + .seconds(11))
        admits(&breaker, at: start + .seconds(11))
    }

    @Test func opensWhenHalfOfManyCallsFail() {
        var breaker = breaker()
        for number in 1...20 {
            breaker.ended(number.isMultiple(of: 2) ? .failure : .success, at: start + .seconds(number))
        }
        #expect(!breaker.isClosed)
    }

    @Test func oldFailuresAndRefusedRequestsDoNotCount() {
        var breaker = breaker()
        for number in 1...19 {
            breaker.ended(number.isMultiple(of: 2) ? .failure : .success, at: start + .seconds(number))
        }
        breaker.ended(.failure, at: start + .seconds(100))
        #expect(breaker.isClosed)
        for _ in 1...50 { breaker.ended(.none, at: start + .seconds(101)) }
        #expect(breaker.isClosed)
    }
}

@Suite struct CostSplitTests {
    /// Whatever the whole and the weights: nothing is lost, and nobody pays more than was reserved for it.
    @Test func partsSumUpAndStayWithinTheirWeights() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let weights = (0..<Int.random(in: 1...16, using: &random)).map { _ in
                Int64.random(in: 1...1_000_000_000_000, using: &random)
            }
            let whole = Int64.random(in: 0...weights.reduce(0, +), using: &random)
            let parts = CallBatcher.split(whole, by: weights)
            #expect(parts.reduce(0, +) == whole)
            #expect(zip(parts, weights).allSatisfy { $0 >= 0 && $0 <= $1 })
        }
        #expect(CallBatcher.split(10, by: [1, 1, 1]) == [3, 3, 4])
        #expect(CallBatcher.split(.max, by: [.max, .max]).reduce(0, +) == .max)
    }
}
