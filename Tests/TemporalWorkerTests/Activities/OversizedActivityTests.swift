import Foundation
import Synchronization
import Temporal
import TestSupport
import Testing

/// What no server takes is told in words, and once: sent as it is, it would be repeated until the attempt times out.
@Suite(.temporalServer(), .timeLimit(.minutes(2)))
struct OversizedActivityTests {
    private static let megabytes = String(repeating: "x", count: 5 << 20)

    enum Excess: CaseIterable, Sendable { case message, stack, details, cause, lastHeartbeat }

    @Test(arguments: Excess.allCases) func aFailureIsShortenedAndKeepsItsType(excess: Excess) async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let begin = ContinuousClock.now
            let outcome = try await kitchen.run(OneActivity.Plan("fail")) { task in
                var failure = Failure.application("the words", type: "Wordy", nonRetryable: true)
                switch excess {
                case .message: failure.message += Self.megabytes
                case .stack: failure.stackTrace = Self.megabytes
                case .details:
                    failure.kind = .application(
                        type: "Wordy", nonRetryable: true, details: [.binary(Data(count: 5 << 20))], nextRetryDelay: nil
                    )
                case .cause: failure.cause = .application(Self.megabytes, type: "Cause")
                case .lastHeartbeat: task.heartbeat([.binary(Data(count: 5 << 20))])
                }
                throw failure
            }
            let (failure, state) = try kitchen.failure(outcome)
            guard case .application(let type, true, _, _) = failure.kind else {
                Issue.record("\(failure)")
                return
            }
            // The heartbeat may have been refused before the handler threw.
            #expect(type == "Wordy" || excess == .lastHeartbeat && type == "PayloadTooLarge")
            #expect(state == .nonRetryableFailure)
            #expect(failure.message.hasPrefix("the words") || excess == .lastHeartbeat)
            #expect(failure.message.contains("the server takes 2097152"), "\(failure.message.suffix(200))")
            #expect(ContinuousClock.now - begin < .seconds(20))
        }
    }

    @Test func aHeartbeatThatIsTooLargeEndsTheActivity() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let attempts = Mutex(0)
            let plan = OneActivity.Plan("beat") {
                $0.heartbeat = 2
                $0.attempts = 0
            }
            let outcome = try await kitchen.run(plan) { task in
                attempts.withLock { $0 += 1 }
                while true {
                    task.heartbeat([.binary(Data(count: 5 << 20))])
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            let (failure, state) = try kitchen.failure(outcome)
            #expect(state == .nonRetryableFailure)
            #expect(failure.message.contains("The heartbeat's details takes 5242"), "\(failure)")
            #expect(attempts.withLock { $0 } == 1)
        }
    }

    /// Takes no payload that says "poison".
    private struct Picky: PayloadCodec {
        struct Refused: Error {}
        func encode(_ payloads: [Payload]) throws -> [Payload] {
            if payloads.contains(where: { $0.data == Data("\"poison\"".utf8) }) { throw Refused() }
            return payloads
        }
        func decode(_ payloads: [Payload]) -> [Payload] { payloads }
    }

    @Test func aResultThatTheCodecRefusesIsAFailureOfTheAttempt() async throws {
        try await Kitchen.open(try TemporalServer.current.address, codec: Picky()) { kitchen in
            let outcome = try await kitchen.run(OneActivity.Plan("poison") { $0.attempts = 2 }) { task in
                try DataConverter.encode(task.attempt == 1 ? "poison" : "good")
            }
            #expect(try kitchen.text(outcome) == "\"good\"")
        }
    }
}
