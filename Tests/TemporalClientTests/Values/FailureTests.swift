import Foundation
import Temporal
import Testing

@Suite struct FailureTests {
    private static let states: [Failure.RetryState] = [
        .unspecified, .inProgress, .nonRetryableFailure, .timeout, .maximumAttemptsReached, .retryPolicyNotSet,
        .internalServerError, .cancelRequested,
    ]
    private static let kinds: [Failure.Kind] =
        [
            .application(type: "T", nonRetryable: true, details: [.null], nextRetryDelay: .milliseconds(1500)),
            .application(type: "", nonRetryable: false, details: [], nextRetryDelay: nil),
            .canceled(details: [.null]),
            .terminated,
            .server(nonRetryable: true),
            .resetWorkflow(lastHeartbeatDetails: [.null]),
            .unknown,
        ]
        + [.unspecified, .startToClose, .scheduleToStart, .scheduleToClose, .heartbeat].map {
            .timeout($0, lastHeartbeatDetails: [.null])
        }
        + states.map {
            .activity(
                activityType: "a", activityID: "7", scheduledEventID: 5, startedEventID: 6, identity: "i",
                retryState: $0)
        }
        + states.map {
            .childWorkflow(
                workflowType: "w", workflowID: "id", runID: "run", namespace: "n", initiatedEventID: 8,
                startedEventID: 9, retryState: $0)
        }

    @Test(arguments: kinds) func everyKindSurvivesTheProtocol(kind: Failure.Kind) throws {
        let cause = Failure(kind: .server(nonRetryable: false), message: "root", cause: .application("x", type: "Y"))
        let failure = Failure(kind: kind, message: "m é", stackTrace: "at\nline", source: "s", cause: cause)
        #expect(try Failure(serialized: failure.serialized()) == failure)
    }

    @Test func encodedAttributesAreReadOnceTheyArePlain() async throws {
        var failure = Failure(kind: .terminated, message: "Encoded failure")
        let attributes = ["message": "the truth", "stack_trace": "here"]
        failure.encodedAttributes = try await ReversingCodec().encode([DataConverter.encode(attributes)])[0]
        let arrived = try Failure(serialized: failure.serialized())
        #expect(arrived.message == "Encoded failure")
        let decoded = try await ReversingCodec().decoding(arrived)
        #expect(decoded.message == "the truth")
        #expect(decoded.stackTrace == "here")
        #expect(decoded.encodedAttributes == nil)
    }

    @Test func codecReachesTheDetailsOfTheWholeChain() async throws {
        let detail = try json("secret")
        let failure = Failure.application(
            "a", type: "A", details: [detail],
            cause: Failure(
                kind: .timeout(.heartbeat, lastHeartbeatDetails: [detail]), message: "b",
                cause: Failure(kind: .canceled(details: [detail]), message: "c")))
        let encoded = try await ReversingCodec().encoding(failure)
        #expect(!String(decoding: try encoded.serialized(), as: UTF8.self).contains("secret"))
        #expect(try await ReversingCodec().decoding(encoded) == failure)
    }

    @Test func garbageIsAnError() {
        #expect(throws: TemporalError.self) { try Failure(serialized: [0xff, 0xff, 0xff]) }
    }

    /// A cause that holds a cause, a million times, must not exhaust the stack.
    @Test func endlessChainIsRefused() {
        var message: [UInt8] = []
        for _ in 0..<200 {
            var length: [UInt8] = []
            var count = message.count
            while count > 127 {
                length.append(UInt8(count & 127 | 128))
                count >>= 7
            }
            length.append(UInt8(count))
            message = [0x22] + length + message
        }
        #expect(throws: TemporalError.self) { try Failure(serialized: message) }
    }

    @Test(.pythonSDK) func officialSDKReadsOurFailures() async throws {
        let failure = Failure(
            kind: .activity(
                activityType: "extract", activityID: "3", scheduledEventID: 5, startedEventID: 6, identity: "me",
                retryState: .maximumAttemptsReached),
            message: "activity error",
            cause: Failure(
                kind: .timeout(.startToClose, lastHeartbeatDetails: [try json(["page": 7])]), message: "too slow",
                cause: .application(
                    "broken", type: "Broken", nonRetryable: true, details: [try json(["code": 42]), try json("x")],
                    cause: Failure(kind: .canceled(details: [try json(1)]), message: "stopped"))))
        let encoded = Data(try failure.serialized()).base64EncodedString()
        let output = try await PythonPeer.run(PythonPeer.fixture("peer.py"), "failure", encoded)
        let chain = try JSONDecoder().decode([PythonFailure].self, from: output)
        #expect(chain.map(\.class) == ["ActivityError", "TimeoutError", "ApplicationError", "CancelledError"])
        #expect(chain.map(\.message) == ["activity error", "too slow", "broken", "stopped"])
        #expect(chain[0].activityType == "extract")
        #expect(chain[0].activityID == "3")
        #expect(chain[0].retryState == "MAXIMUM_ATTEMPTS_REACHED")
        #expect(chain[1].type == "START_TO_CLOSE")
        #expect(chain[2].type == "Broken")
        #expect(chain[2].nonRetryable == true)
    }
}

struct PythonFailure: Decodable {
    var `class`: String
    var message: String
    var type: String?
    var nonRetryable: Bool?
    var activityType: String?
    var activityID: String?
    var retryState: String?

    enum CodingKeys: String, CodingKey {
        case `class`, message, type
        case nonRetryable = "non_retryable"
        case activityType = "activity_type"
        case activityID = "activity_id"
        case retryState = "retry_state"
    }
}

/// Turns bytes around and says so, as an encrypting codec would.
struct ReversingCodec: PayloadCodec {
    private static let mark = Data("binary/reversed".utf8)

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map {
            let inner = try JSONEncoder().encode([$0.metadata["encoding"], $0.data])
            return Payload(metadata: ["encoding": Self.mark], data: Data(inner.reversed()))
        }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map {
            guard $0.metadata["encoding"] == Self.mark else { return $0 }
            let inner = try JSONDecoder().decode([Data?].self, from: Data($0.data.reversed()))
            return Payload(metadata: inner[0].map { ["encoding": $0] } ?? [:], data: inner[1] ?? Data())
        }
    }
}
