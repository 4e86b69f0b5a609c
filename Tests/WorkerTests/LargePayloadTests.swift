import Foundation
import JSON
import Logging
import ServiceLifecycle
import Storage
import Temporal
import TestSupport
import Testing
import Worker
import WorkflowEngine

@Suite struct LargePayloadCodecTests {
    @Test func onlyLargePayloadsTravelByReference() async throws {
        try await withTemporaryFolder { folder in
            let codec = LargePayloadCodec(store: try PayloadStore(folder: folder), scope: "test")
            let small = Payload.json(Data(repeating: 0x31, count: LargePayloadCodec.threshold))
            var large = Payload.json(Data(repeating: 0x32, count: LargePayloadCodec.threshold + 1))
            large.metadata["other"] = Data("kept".utf8)
            let encoded = try await codec.encode([small, large, .null])
            #expect(encoded[0] == small && encoded[2] == .null)
            #expect(encoded[1].data.count == 64 && encoded[1].encoding == "binary/stored")
            #expect(try await codec.decode(encoded) == [small, large, .null])
        }
    }

    /// Encrypted first: the store holds no plain text, and the reference leads back to it.
    @Test func whatIsEncryptedIsStoredEncrypted() async throws {
        try await withTemporaryFolder { folder in
            let key = Data(repeating: 1, count: 32).base64EncodedString()
            let chain = PayloadCodecChain([
                EncryptionCodec(try EncryptionKeys(parsing: "k:\(key)")),
                LargePayloadCodec(store: try PayloadStore(folder: folder), scope: "test"),
            ])
            let payloads = [
                Payload.json(Data(repeating: 0x31, count: 10)),
                .json(Data(repeating: 0x32, count: LargePayloadCodec.threshold + 1)), .null,
            ]
            let encoded = try await chain.encode(payloads)
            #expect(encoded.map(\.encoding) == ["binary/encrypted", "binary/stored", "binary/encrypted"])
            #expect(encoded[1].data.count == 64)
            #expect(try await chain.decode(encoded) == payloads)
            let stored = try FileManager.default.subpathsOfDirectory(atPath: folder.path).compactMap {
                try? Data(contentsOf: folder.appendingPathComponent($0))
            }.filter { !$0.isEmpty }
            #expect(stored.count == 1 && stored[0].count > LargePayloadCodec.threshold)
            #expect(stored.allSatisfy { $0.range(of: Data(repeating: 0x32, count: 16)) == nil })
            // What was stored before encryption came is found as well.
            let before = try await LargePayloadCodec(store: try PayloadStore(folder: folder), scope: "test")
                .encode(payloads)
            #expect(try await chain.decode(before) == payloads)
        }
    }

    @Test func lostPayloadIsAnError() async throws {
        try await withTemporaryFolder { folder in
            let codec = LargePayloadCodec(store: try PayloadStore(folder: folder), scope: "test")
            let lost = Payload(
                metadata: ["encoding": Data("binary/stored".utf8)], data: Data(String(repeating: "a", count: 64).utf8))
            await #expect(throws: StorageError.self) { try await codec.decode([lost]) }
            let damaged = Payload(
                metadata: ["encoding": Data("binary/stored".utf8)], data: Data("../../etc/passwd".utf8))
            await #expect(throws: StorageError.self) { try await codec.decode([damaged]) }
        }
    }
}

/// Temporal fails a workflow whose one request passes 4 MB, and refuses a payload of 2 MB.
@Suite(.temporalServer(), .timeLimit(.minutes(3))) struct LargeResultTests {
    @Test func threeParallelResultsOfOneAndAHalfMegabytesPass() async throws {
        try await withTemporaryFolder { folder in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let address = try #require(TemporalConnection.Configuration.Address(try TemporalServer.current.address))
            let connection = try TemporalConnection(.init(address: address, namespace: "default"))
            let codec = LargePayloadCodec(store: try PayloadStore(folder: folder), scope: "default")
            let client = TemporalClient(connection, codec: codec)
            let workflows = WorkflowWorker(
                DefinitionMachine.self, client: client, configuration: .init(taskQueue: "large"), logger: logger)
            let activities = ActivityWorker(
                client: client, configuration: .init(taskQueue: "large"), logger: logger,
                activities: [
                    "large": { task in
                        let letter = try task.input.first?.jsonValue().string ?? "x"
                        return .json(.string(String(repeating: letter, count: 1_500_000)))
                    }
                ])
            let group = ServiceGroup(services: [connection, workflows, activities], logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let branch = { (name: String) in
                    "{ \(name): { call: activity, with: { name: large, taskQueue: large, input: \(name) } } }"
                }
                let pin = try pin(
                    """
                    - all:
                        fork: { branches: [\(branch("a")), \(branch("b")), \(branch("c"))] }
                        output: { as: '${ {sizes: map(length), all: .} }' }
                    """)
                _ = try await client.startWorkflow(
                    StartWorkflowRequest(
                        workflowID: "large", workflowType: "test", taskQueue: "large", input: pin.arguments(input: [:]))
                )
                guard case .completed(let payloads) = try await client.result(workflowID: "large") else {
                    Issue.record("the workflow did not complete")
                    return
                }
                let result = try payloads.first?.jsonValue()["result"]
                #expect(result?["sizes"] == [1_500_000, 1_500_000, 1_500_000])
                let run = try await client.describe(workflowID: "large").execution
                #expect(run.historyBytes < 200_000)
                let folded = try await client.replay(DefinitionMachine.self, workflowID: "large", runID: run.runID)
                #expect(folded.machine?.interpreter?.stepCount == 4)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }
}
