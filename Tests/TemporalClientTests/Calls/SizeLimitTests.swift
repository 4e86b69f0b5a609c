import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    /// Just below the server's bound it takes what we send; just above we send nothing, and it would have refused.
    @Suite struct SizeLimits {
        private static let limit = 2 << 20

        /// One payload whose message, alone in a list, takes so many bytes.
        private static func payload(listBytes: Int) -> Payload {
            // Encoding's entry, and the tags and lengths around it and the data.
            Payload.binary(Data(repeating: 0x61, count: listBytes - 34))
        }

        enum Verb: String, CaseIterable {
            case start, signal, query, update, signalWithStart, terminate
        }

        @Test(arguments: Verb.allCases)
        func largestInputPassesAndALargerIsNotSent(_ verb: Verb) async throws {
            try await withClient { client in
                var unbounded = client
                unbounded.limits.command = .max
                let id = try await client.startWorkflow(request("waiter", queue: "nobody")).workflowID
                try await expectPassed { try await call(verb, client, id, Self.payload(listBytes: Self.limit)) }
                let large = Self.payload(listBytes: Self.limit + 1)
                if verb != .terminate {
                    let refused = try await #require(throws: TemporalError.self) {
                        try await call(verb, client, id, large)
                    }
                    #expect(refused.code == .payload)
                    #expect(refused.message.contains("\(Self.limit + 1) bytes"), "\(refused)")
                    #expect(refused.message.contains("takes \(Self.limit)."), "\(refused)")
                    // What the server itself says; an update may reach a worker first, which is not there.
                    let bare = try await #require(throws: TemporalError.self) {
                        try await call(verb, unbounded, id, large)
                    }
                    #expect(bare.code == .invalidArgument || verb == .query || verb == .update, "\(verb): \(bare)")
                }
                try? await client.terminate(workflowID: id)
            }
        }

        @Test func memoAndWholeRequestAreBoundedToo() async throws {
            try await withClient { client in
                var start = request("waiter", queue: "nobody")
                start.memo = ["m": Payload.binary(Data(repeating: 0x61, count: Self.limit))]
                let memo = try await #require(throws: TemporalError.self) { try await client.startWorkflow(start) }
                #expect(memo.code == .payload && memo.message.contains("memo"), "\(memo)")
                // Each within its bound, together beyond the request's.
                start.memo = ["m": Payload.binary(Data(repeating: 0x61, count: Self.limit - 100))]
                start.input = [Self.payload(listBytes: Self.limit)]
                let whole = try await #require(throws: TemporalError.self) { try await client.startWorkflow(start) }
                #expect(whole.code == .payload && whole.message.contains(start.workflowID), "\(whole)")
                let both = try await #require(throws: TemporalError.self) {
                    start.memo = [:]
                    return try await client.signalWithStart(
                        start, signal: "add", input: [Self.payload(listBytes: Self.limit)])
                }
                #expect(both.code == .payload, "\(both)")
                start.input = [Self.payload(listBytes: Self.limit - (80 << 10))]
                let passed = try await client.signalWithStart(
                    start, signal: "add", input: [Self.payload(listBytes: Self.limit)])
                try await client.terminate(workflowID: passed.workflowID)
            }
        }

        private func call(_ verb: Verb, _ client: TemporalClient, _ id: String, _ payload: Payload) async throws {
            switch verb {
            case .start:
                let start = request("waiter", payload, queue: "nobody")
                _ = try await client.startWorkflow(start)
                try await client.terminate(workflowID: start.workflowID)
            case .signal: try await client.signal(workflowID: id, name: "add", input: [payload])
            case .query:
                _ = try await client.query(
                    workflowID: id, name: "signals", arguments: [payload], timeout: .seconds(1))
            case .update:
                _ = try await client.update(
                    workflowID: id, name: "put", arguments: [payload], timeout: .seconds(1))
            case .signalWithStart:
                let start = request("waiter", queue: "nobody")
                _ = try await client.signalWithStart(start, signal: "add", input: [payload])
                try await client.terminate(workflowID: start.workflowID)
            case .terminate: try await client.terminate(workflowID: id, details: [payload])
            }
        }

        /// Nobody answers, but the size is no reason.
        private func expectPassed(_ body: () async throws -> Void) async throws {
            do { try await body() } catch let error as TemporalError {
                #expect([.deadlineExceeded, .failedPrecondition].contains(error.code), "\(error)")
            }
        }
    }
}
