import AI
import Foundation
import Logging
import Observability
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KeyRingTests {
    @Test func keysAreReadFromLines() throws {
        let keys = try ProviderKey.keys(
            """
            # ours
            first:sk-one:3

            second:sk-two\r
            sk-three
              fourth : with:colons : 0
            fifth:a:b
            """)
        #expect(
            keys == [
                ProviderKey(name: "first", secret: "sk-one", weight: 3), ProviderKey(name: "second", secret: "sk-two"),
                ProviderKey(name: "default-3", secret: "sk-three"),
                ProviderKey(name: "fourth", secret: "with:colons", weight: 0),
                ProviderKey(name: "fifth", secret: "a:b"),
            ])
        #expect(try ProviderKey.keys("sk-alone\n").map(\.name) == ["default"])
        #expect(try ProviderKey.keys(" \n#\n") == [])
        let shared = "openai/a:sk-a\nmistral/a:sk-b:2\nc:sk-c"
        #expect(try ProviderKey.keys(shared, of: "mistral").map(\.secret) == ["sk-b", "sk-c"])
        #expect(try ProviderKey.keys(shared, of: "vllm").map(\.name) == ["c"])
    }

    @Test(arguments: ["a:sk-secret-1\na:sk-secret-2", "bad name:sk-secret", "a::3", "ok:sk-sec ret", "a:sk-secrét"])
    func linesThatHoldNoKeyAreRefusedWithoutShowingThem(text: String) {
        let error = #expect(throws: ProviderKeyError.self) { try ProviderKey.keys(text) }
        #expect(error?.description.contains("line") == true)
        #expect(error?.description.contains("sec") == false)
    }

    @Test func aKeysDescriptionsHideIt() {
        let key = ProviderKey(name: "first", secret: "sk-hidden-secret")
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\([key])", "\(Optional(key) as Any)"] {
            #expect(!text.contains("hidden"), "\(text)")
        }
    }

    @Test func everyKeyIsKnownToTheRedactor() async throws {
        let secret = "zq" + UUID().uuidString
        let own = "zq" + UUID().uuidString
        let ring = KeyRing(["openai": [ProviderKey(name: "a", secret: secret)]], secrets: { _, _ in own })
        _ = try await ring.pick(for: "openai", tenant: UUID())
        #expect(Redactor.shared.redact("said \(secret) and \(own)") == "said [redacted] and [redacted]")
    }

    @Test func keysAreChosenByWeight() async throws {
        let ring = KeyRing([
            "openai": [
                ProviderKey(name: "heavy", secret: "a", weight: 9), ProviderKey(name: "light", secret: "b"),
                ProviderKey(name: "spare", secret: "c", weight: 0),
            ]
        ])
        var counts: [String: Int] = [:]
        for _ in 0..<4_000 {
            if let key = try await ring.pick(for: "openai", tenant: nil) { counts[key.name, default: 0] += 1 }
        }
        #expect(counts["spare"] == nil)
        // 400 expected; 4 standard deviations are 76.
        #expect((300...500).contains(counts["light"] ?? 0), "\(counts)")
        let last = try await ring.pick(for: "openai", tenant: nil, excluding: ["heavy", "light"])
        #expect(last?.name == "spare")
    }

    @Test func aRefusedKeyIsLeftAloneForAWhileAndReported() async throws {
        let (one, two) = (ProviderKey(name: "one", secret: "a"), ProviderKey(name: "two", secret: "b"))
        let ring = KeyRing(["openai": [one, two], "empty": []])
        ring.setAside(one, of: "openai", tenant: UUID(), reason: .auth)
        for _ in 0..<20 { #expect(try await ring.pick(for: "openai", tenant: nil) == two) }
        let health = ring.health()
        #expect(health.map(\.name) == ["one", "two"])
        #expect(health[0].reason == .auth && health[1].reason == nil)
        #expect((.seconds(590)...KeyRing.pause).contains(health[0].pausedFor ?? .zero))
        ring.setAside(two, of: "openai", tenant: nil, reason: .quota, until: .now + .milliseconds(50))
        let error = await #expect(throws: AIError.self) { try await ring.pick(for: "openai", tenant: nil) }
        // Of the one that comes back first.
        #expect(error?.code == .quota && error?.retryAfter != nil && error?.wasSent == false)
        try await eventually { await (try? ring.pick(for: "openai", tenant: nil)) == two }
        #expect(try await ring.pick(for: "vllm", tenant: nil) == nil)
        await #expect(throws: AIError.self) { try await ring.pick(for: "empty", tenant: nil) }
    }

    @Test func aTenantsOwnKeyComesInTheOperatorsPlace() async throws {
        let (owner, other, broken) = (UUID(), UUID(), UUID())
        let asked = Mutex<[String]>([])
        let ring = KeyRing(["openai": [ProviderKey(name: "ours", secret: "operator")]]) { tenant, name in
            asked.withLock { $0.append(name) }
            if tenant == broken { throw CocoaError(.fileReadUnknown) }
            return tenant == owner ? "sk-tenant" : nil
        }
        #expect(try await ring.pick(for: "openai", tenant: owner)?.secret == "sk-tenant")
        #expect(try await ring.pick(for: "openai", tenant: owner)?.secret == "sk-tenant")
        #expect(asked.withLock { $0 } == ["ai_openai_api_key"])
        #expect(try await ring.pick(for: "openai", tenant: other)?.secret == "operator")
        #expect(try await ring.pick(for: "openai", tenant: nil)?.secret == "operator")
        let error = await #expect(throws: AIError.self) { try await ring.pick(for: "openai", tenant: broken) }
        #expect(error?.code == .unavailable)
        // Its own key being refused does not let it use the operator's.
        let key = try #require(try await ring.pick(for: "openai", tenant: owner))
        ring.setAside(key, of: "openai", tenant: owner, reason: .auth)
        await #expect(throws: AIError.self) { try await ring.pick(for: "openai", tenant: owner) }
        #expect(try await ring.pick(for: "openai", tenant: other)?.secret == "operator")
        #expect(ring.health().map(\.tenant) == [nil, owner])
        try ring.reload()
        #expect(try await ring.pick(for: "openai", tenant: owner)?.secret == "sk-tenant")
    }

    @Test func changedFilesAreReadAgain() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "keys")
            try "one:sk-one".write(to: file, atomically: true, encoding: .utf8)
            let ring = try KeyRing(sources: ["openai": [.file(file.path)], "mistral": [.file(file.path)]])
            #expect(try await ring.pick(for: "openai", tenant: nil)?.secret == "sk-one")
            let watch = Task { await ring.watch(logger: Logger(label: "test")) }
            defer { watch.cancel() }
            try "two:sk-two".write(to: file, atomically: true, encoding: .utf8)
            try await eventually { try await ring.pick(for: "openai", tenant: nil)?.secret == "sk-two" }
            try await eventually { try await ring.pick(for: "mistral", tenant: nil)?.secret == "sk-two" }
            try "two:sk two".write(to: file, atomically: true, encoding: .utf8)
            let error = #expect(throws: ProviderKeyError.self) { try ring.reload() }
            #expect(error?.description.contains("line 1") == true)
            #expect(try await ring.pick(for: "openai", tenant: nil)?.secret == "sk-two")
            try FileManager.default.removeItem(at: file)
            #expect(throws: ProviderKeyError.self) { try ring.reload() }
            #expect(try await ring.pick(for: "openai", tenant: nil)?.secret == "sk-two")
            #expect(throws: ProviderKeyError.self) { try KeyRing(sources: ["x": [.file(file.path)]]) }
        }
    }
}
