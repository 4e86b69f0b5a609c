import Foundation
import Temporal
import TestSupport
import Testing

@Suite struct EncryptionTests {
    private static func keys(_ lines: String...) throws -> EncryptionKeys {
        try EncryptionKeys(parsing: lines.joined(separator: "\n"))
    }
    private static func key(_ byte: UInt8) -> String { Data(repeating: byte, count: 32).base64EncodedString() }

    private let codec: EncryptionCodec

    init() throws { codec = EncryptionCodec(try Self.keys("k1:\(Self.key(1))")) }

    @Test(arguments: [
        Payload.null, Payload.binary(Data()), Payload.json(Data(#"{"a":1}"#.utf8)),
        Payload(
            metadata: ["encoding": Data("json/protobuf".utf8), "messageType": Data("T".utf8)], data: Data("{}".utf8)),
        Payload(), Payload.binary(Data(repeating: 0xFF, count: 1 << 20)),
    ])
    func everyPayloadComesBackAsItWas(_ payload: Payload) throws {
        let encrypted = try codec.encode([payload, payload])
        #expect(encrypted.allSatisfy { $0.encoding == "binary/encrypted" })
        #expect(encrypted.allSatisfy { $0.metadata["encryption-key-id"] == Data("k1".utf8) && $0.metadata.count == 2 })
        // Equal values do not show as such.
        #expect(encrypted[0].data != encrypted[1].data)
        #expect(try codec.decode(encrypted) == [payload, payload])
    }

    @Test func whatIsNotEncryptedPasses() throws {
        let plain = [Payload.null, .json(Data("1".utf8)), Payload()]
        #expect(try codec.decode(plain) == plain)
    }

    @Test func olderKeysDecryptAndTheFirstEncrypts() throws {
        let old = try codec.encode([.json(Data("1".utf8))])
        let rotated = EncryptionCodec(try Self.keys("k2:\(Self.key(2))", "k1:\(Self.key(1))"))
        #expect(try rotated.decode(old) == [.json(Data("1".utf8))])
        let new = try rotated.encode([.null])
        #expect(new[0].metadata["encryption-key-id"] == Data("k2".utf8))
        let error = try #require(throws: TemporalError.self) { try codec.decode(new) }
        #expect(error.code == .payload && error.message.contains(#""k2""#), "\(error)")
    }

    @Test func everyChangedOrMissingByteIsNoticed() throws {
        let sealed = try codec.encode([.json(Data("secret".utf8))])[0]
        var damaged: [Data] = [Data(), Data(repeating: 0, count: 12), Data(repeating: 0, count: 28)]
        for index in sealed.data.indices {
            var data = sealed.data
            data[index] ^= 1
            damaged.append(data)
            damaged.append(sealed.data[..<index])
        }
        for data in damaged {
            let error = try #require(throws: TemporalError.self) {
                try codec.decode([Payload(metadata: sealed.metadata, data: data)])
            }
            #expect(error.code == .payload && error.message.contains("damaged"))
        }
        var other = sealed
        other.metadata["encryption-key-id"] = nil
        #expect(throws: TemporalError.self) { try codec.decode([other]) }
        // The right id, another key.
        let wrong = EncryptionCodec(try Self.keys("k1:\(Self.key(9))"))
        #expect(throws: TemporalError.self) { try wrong.decode([sealed]) }
    }

    @Test func failuresAreHiddenWithAllTheirCauses() async throws {
        var failure = Failure.application(
            "tenant's secret", type: "Broken", details: [.json(Data("2".utf8))],
            cause: .application("deeper secret", type: "Inner"))
        failure.stackTrace = "at secret.swift"
        let hidden = try await codec.encoding(failure)
        #expect(!String(decoding: try hidden.serialized(), as: UTF8.self).contains("secret"))
        #expect(hidden.message == "Encoded failure" && hidden.cause?.message == "Encoded failure")
        #expect(hidden.encodedAttributes?.encoding == "binary/encrypted")
        #expect(try await codec.decoding(hidden) == failure)
        // Hidden once, it stays so: a failure that passes through is not wrapped again.
        let reread = try Failure(serialized: try hidden.serialized())
        #expect(try await codec.decoding(reread) == failure)
    }

    @Test func chainEncodesInOrderAndDecodesInReverse() async throws {
        let chain = PayloadCodecChain([
            EncryptionCodec(try Self.keys("a:\(Self.key(1))")), EncryptionCodec(try Self.keys("b:\(Self.key(2))")),
        ])
        let encoded = try await chain.encode([.null])
        #expect(encoded[0].metadata["encryption-key-id"] == Data("b".utf8))
        #expect(try await chain.decode(encoded) == [.null])
        #expect(chain.encodesFailureMessages)
        #expect(!PayloadCodecChain([IdentityPayloadCodec()]).encodesFailureMessages)
    }
}

@Suite struct EncryptionKeyFileTests {
    private static let good = Data(repeating: 7, count: 32).base64EncodedString()

    @Test func commentsBlanksAndWindowsLineEndsAreTaken() throws {
        let keys = try EncryptionKeys(parsing: "# ours\r\n\r\n  2026-11: \(Self.good) \r\nold_1:\(Self.good)\r\n")
        #expect(keys.activeID == "2026-11")
        #expect(keys["old_1"] != nil && keys["2026-12"] == nil)
    }

    @Test(arguments: [
        ("", "no key in it"), ("# only words\n\n", "no key in it"), ("k1", "line 1: expected id:key"),
        ("k1:\(good)\n\nk1:\(good)", "line 3: the id k1"), ("k1:c2hvcnQ=", "line 1: the key has 5 bytes, not 32"),
        ("#\nk1:not base64!", "line 2: the key after the colon is no base64"),
        ("a b:\(good)", "line 1: the id before the colon"), (":\(good)", "line 1: the id before the colon"),
        ("\(good):k1", "line 1: the id before the colon"),
        ("\(String(repeating: "x", count: 65)):\(good)", "line 1: the id before the colon"),
    ])
    func mistakeIsNamedByItsLineAndNeverQuoted(text: String, message: String) throws {
        let error = try #require(throws: TemporalError.self) { try EncryptionKeys(parsing: text) }
        #expect(error.code == .invalidConfiguration)
        #expect(error.message.hasPrefix(message), "\(error.message)")
        #expect(!error.message.contains(Self.good) && !error.message.contains("c2hvcnQ"))
    }
}

@Suite struct CodecEndpointTests {
    private static let keys = "k1:" + Data(repeating: 1, count: 32).base64EncodedString()

    @Test func jsonOfPayloadsGoesBothWays() async throws {
        let endpoint = CodecEndpoint(EncryptionCodec(try EncryptionKeys(parsing: Self.keys)))
        let plain = #"{"payloads":[{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"MQ=="},{}]}"#
        let encoded = try await endpoint.encode(json: Data(plain.utf8))
        #expect(String(decoding: encoded, as: UTF8.self).contains("YmluYXJ5L2VuY3J5cHRlZA=="))
        #expect(String(decoding: try await endpoint.decode(json: encoded), as: UTF8.self) == plain)
        #expect(String(decoding: try await endpoint.decode(json: Data("{}".utf8)), as: UTF8.self) == "{}")
    }

    @Test(arguments: ["", "[]", "1", "{", #"{"payloads":{}}"#, #"{"payloads":[{"data":"*"}]}"#])
    func anythingElseIsInvalid(_ text: String) async throws {
        let endpoint = CodecEndpoint(IdentityPayloadCodec())
        let error = try await #require(throws: TemporalError.self) { try await endpoint.decode(json: Data(text.utf8)) }
        #expect(error.code == .invalidArgument)
    }

    @Test func smallQuestionWithAHugeAnswerIsRefused() async throws {
        struct Inflating: PayloadCodec {
            func encode(_ payloads: [Payload]) -> [Payload] { payloads }
            func decode(_ payloads: [Payload]) -> [Payload] {
                payloads.map { _ in .binary(Data(count: 1 << 20)) }
            }
        }
        let question = #"{"payloads":[\#(Array(repeating: "{}", count: 40).joined(separator: ","))]}"#
        let error = try await #require(throws: TemporalError.self) {
            try await CodecEndpoint(Inflating()).decode(json: Data(question.utf8))
        }
        #expect(error.code == .resourceExhausted)
    }
}

/// An independent codec: the form of the SDKs' samples over OpenSSL.
extension ClientTests {
    @Suite struct Encrypted {
        @Test func pythonWithTheSameKeysReadsOursAndWeReadItsOwn() async throws {
            let key = Data((0..<32).map { UInt8($0) }).base64EncodedString()
            let codec = EncryptionCodec(try EncryptionKeys(parsing: "shared:\(key)"))
            try await withClient(codec: codec) { client in
                let address = try TemporalServer.current.address
                let arguments = [address, client.connection.configuration.namespace, key]
                try await PythonPeer.serving(PythonPeer.fixture("encrypting_peer.py"), arguments) { _ in
                    let start = request("secretive", try json("the question"), queue: "encrypting")
                    _ = try await client.startWorkflow(start)
                    try await client.signal(workflowID: start.workflowID, name: "add", input: [json("a signal")])
                    let answer = try await client.query(workflowID: start.workflowID, name: "signals")
                    #expect(answer.map { text($0) } == [#"["a signal"]"#])
                    let update = try await client.update(
                        workflowID: start.workflowID, name: "end", arguments: [json("an update")])
                    guard case .completed(let payloads) = update.outcome else { throw Unexpected(update) }
                    #expect(payloads.map { text($0) } == [#""the question, an update""#])
                    let outcome = try await client.result(workflowID: start.workflowID)
                    guard case .failed(let failure) = outcome else { throw Unexpected(outcome) }
                    #expect(failure.message == "the answer" && failure.cause?.message == "its reason")
                    guard case .application("Told", true, let details, _) = failure.kind else {
                        throw Unexpected(failure)
                    }
                    #expect(details.map { text($0) } == [#"{"n":1}"#])

                    let shown = try await Shell.temporal(
                        "workflow", "show", "--workflow-id", start.workflowID, "--output", "json")
                    for secret in ["question", "signal", "update", "answer", "reason"] {
                        #expect(!shown.contains("the \(secret)") && !shown.contains("an \(secret)"))
                        #expect(!shown.contains(Data("\"the \(secret)\"".utf8).base64EncodedString()))
                    }
                    #expect(shown.contains("Encoded failure"))
                }
            }
        }
    }
}
