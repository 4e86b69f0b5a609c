import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DocumentStoreTests {
    private func chunks(_ sizes: [Int]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for (index, size) in sizes.enumerated() {
                continuation.yield([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: size))
            }
            continuation.finish()
        }
    }

    private func files(in folder: URL) -> [String] {
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        return (all?.compactMap { $0 as? URL } ?? [])
            .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }.map(\.path)
    }

    private func withStore(_ body: (DocumentStore, any Database, URL) async throws -> Void) async throws {
        for backend in [Backend.memory, .postgresql] {
            try await withTemporaryFolder { folder in
                try await backend.with { database in
                    try await body(try DocumentStore(database, folder: folder), database, folder)
                }
            }
        }
    }

    @Test(arguments: [[], [0], [1], [100, 300_000, 5, 700_000]])
    func storedBytesComeBack(_ sizes: [Int]) async throws {
        try await withStore { store, _, folder in
            let tenant = UUID()
            let put = try await store.put(
                chunks(sizes), tenant: tenant, mediaType: "application/pdf", filename: "contract.pdf", now: .at(0)
            )
            let expected = sizes.enumerated().flatMap { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
            let (document, file) = try #require(try await store.open(put.id, tenant: tenant))
            #expect(document == put && put.size == Int64(expected.count) && put.createdAt == .at(0))
            #expect(put.mediaType == "application/pdf" && put.filename == "contract.pdf")
            #expect(try [UInt8](Data(contentsOf: file)) == expected)
            #expect(put.digest == ContentDigest(of: expected))
            #expect(files(in: folder).count == 1)
        }
    }

    @Test func equalContentsShareAFileWithinATenantOnly() async throws {
        try await withStore { store, _, folder in
            let (tenant, other) = (UUID(), UUID())
            func put(_ tenant: UUID) async throws -> Document {
                try await store.put(chunks([1000]), tenant: tenant, mediaType: "text/plain", filename: nil)
            }
            let (first, second, foreign) = (try await put(tenant), try await put(tenant), try await put(other))
            #expect(first.id != second.id && first.digest == foreign.digest)
            #expect(files(in: folder).count == 2)
            #expect(try await store.open(first.id, tenant: other) == nil)
            #expect(try await !store.delete(first.id, tenant: other))
            #expect(try await store.delete(first.id, tenant: tenant))
            #expect(try await !store.delete(first.id, tenant: tenant))
            #expect(try await store.open(second.id, tenant: tenant) != nil)
            #expect(try await store.delete(second.id, tenant: tenant))
            #expect(files(in: folder).count == 1)
            #expect(try await store.open(foreign.id, tenant: other) != nil)
        }
    }

    @Test func concurrentPutsAndDeletesNeverLoseAFile() async throws {
        try await withStore { store, _, _ in
            let tenant = UUID()
            try await withThrowingTaskGroup { group in
                for index in 0..<40 {
                    group.addTask {
                        let document = try await store.put(
                            self.chunks([5000]), tenant: tenant, mediaType: "text/plain", filename: nil
                        )
                        if index % 2 == 0 { _ = try await store.delete(document.id, tenant: tenant) }
                        return index % 2 == 0 ? nil : document.id
                    }
                }
                for try await id in group {
                    if let id { #expect(try await store.open(id, tenant: tenant) != nil) }
                }
            }
        }
    }

    @Test func tooLargeAndBrokenUploadsLeaveNothing() async throws {
        struct Broken: Error {}
        try await withStore { store, database, folder in
            let code = await storageError {
                _ = try await store.put(
                    chunks([600_000, 600_000]), tenant: UUID(), mediaType: "text/plain", filename: nil, limit: 1_000_000
                )
            }
            #expect(code == .tooLarge)
            let broken = AsyncThrowingStream<[UInt8], any Error> { continuation in
                continuation.yield([UInt8](repeating: 1, count: 400_000))
                continuation.finish(throwing: Broken())
            }
            await #expect(throws: Broken.self) {
                try await store.put(broken, tenant: UUID(), mediaType: "text/plain", filename: nil)
            }
            #expect(
                await storageError {
                    _ = try await store.put(chunks([1]), tenant: UUID(), mediaType: "text/plain", filename: "a\0b")
                } == .invalidText
            )
            #expect(try await database.read { try $0.query("SELECT * FROM documents") }.isEmpty)
            try await eventually { files(in: folder.appendingPathComponent("tmp")).isEmpty }
        }
    }

    @Test func leftoversOfAKilledWriterAreSweptAndLivingOnesAreNot() async throws {
        try await withStore { store, database, folder in
            let leftover = folder.appendingPathComponent("tmp/dead-upload")
            try Data("half".utf8).write(to: leftover)
            let (stream, feed) = AsyncStream.makeStream(of: [UInt8].self)
            let tenant = UUID()
            async let upload = store.put(stream, tenant: tenant, mediaType: "text/plain", filename: nil)
            feed.yield([UInt8](repeating: 7, count: 300_000))
            try await eventually { files(in: folder).count == 2 }
            _ = try DocumentStore(database, folder: folder)
            #expect(!FileManager.default.fileExists(atPath: leftover.path))
            #expect(files(in: folder).count == 1, "the upload that is under way is kept")
            feed.yield([8])
            feed.finish()
            let document = try await upload
            #expect(document.size == 300_001)
            #expect(try await store.open(document.id, tenant: tenant) != nil)
        }
    }

    @Test func unusableFolderIsAClearError() async throws {
        try await Backend.memory.with { database in
            #expect(
                await storageError { _ = try DocumentStore(database, folder: URL(fileURLWithPath: "/dev/null/x")) }
                    == .unavailable
            )
        }
    }
}

@Suite struct PayloadStoreTests {
    @Test func payloadComesBackByDigestWithinItsScope() async throws {
        try await withTemporaryFolder { folder in
            let store = try PayloadStore(folder: folder)
            let bytes = [UInt8](repeating: 65, count: 1_500_000)
            let digest = try await store.put(bytes, scope: "default")
            #expect(try await store.put(bytes, scope: "default") == digest)
            #expect(try await store.get(digest, scope: "default") == bytes)
            #expect(await storageError { _ = try await store.get(digest, scope: "other") } == .notFound)
            #expect(try await PayloadStore(folder: folder).get(digest, scope: "default") == bytes)
        }
    }

    @Test func damagedPayloadIsNeverReturned() async throws {
        try await withTemporaryFolder { folder in
            let store = try PayloadStore(folder: folder)
            let digest = try await store.put([1, 2, 3], scope: "s")
            let file = folder.appendingPathComponent("s/\(digest.rawValue.prefix(2))/\(digest.rawValue)")
            try Data([1, 2, 4]).write(to: file)
            #expect(await storageError { _ = try await store.get(digest, scope: "s") } == .corrupt)
        }
    }

    @Test(arguments: ["", "..", ".hidden", "a/b", "../x", "tmp", "a\0b", String(repeating: "a", count: 201)])
    func scopeThatIsNoFolderNameIsRefused(_ scope: String) async throws {
        try await withTemporaryFolder { folder in
            let store = try PayloadStore(folder: folder)
            #expect(await storageError { _ = try await store.put([1], scope: scope) } == .invalidText)
        }
    }

    @Test(arguments: ["", "../../etc/passwd", String(repeating: "A", count: 64), String(repeating: "a", count: 63)])
    func textThatIsNoDigestIsNone(_ text: String) {
        #expect(ContentDigest(rawValue: text) == nil)
    }
}
