import DevelopmentServer
package import Foundation
import Logging
import Temporal

/// Runs trees on a real server, with workers of its own.
package struct Fuzzer: Sendable {
    /// How a batch of trees is run.
    package struct Setting: Sendable, Hashable {
        package var kind: Tree.Kind
        package var cache: Int

        /// A sequential tree is run on both sizes beside each other.
        package static let all =
            [0, 1, 1_000].flatMap { cache in
                [Setting(kind: .concurrent, cache: cache), Setting(kind: .killable, cache: cache)]
            } + [Setting(kind: .sequential, cache: 0)]

        package init(kind: Tree.Kind, cache: Int) {
            self.kind = kind
            self.cache = cache
        }
    }

    package struct Failure: Sendable, CustomStringConvertible {
        package var seed: UInt64
        package var setting: Setting
        package var problems: [String]

        package var description: String {
            "seed \(seed), \(setting.kind), cache \(setting.cache): \(problems.joined(separator: "; "))\n"
                + "  again: make fuzz SEED=\(seed) SEEDS=1 KIND=\(setting.kind) CACHE=\(setting.cache)"
        }
    }

    /// The `fuzz` program, for workers.
    let program: String
    let client: TemporalClient
    let address: String
    /// Trees at once.
    var width = 30
    /// Where the histories of a failing seed go; nil: nowhere.
    var histories: URL?
    /// Those of every seed.
    var keepsAll = false

    /// A server, and a fuzzer on it.
    package static func with<Result: Sendable>(
        program: String, histories: URL? = nil, keepsAll: Bool = false,
        _ body: @Sendable (Fuzzer) async throws -> Result
    ) async throws -> Result {
        var configuration = DevelopmentServer.Configuration()
        configuration.headless = true
        configuration.searchAttributes = ["TenantId", "Tier", "Template"].map { ($0, "Keyword") }
        let server = try await DevelopmentServer(
            configuration, logger: Logger(label: "server") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            try await server.waitUntilReady()
            guard let address = TemporalConnection.Configuration.Address(server.address) else {
                throw TemporalError(.invalidConfiguration, "\(server.address) is no host:port")
            }
            return try await TemporalConnection.with(.init(address: address, identity: "fuzz")) { connection in
                try await body(
                    Fuzzer(
                        program: program, client: TemporalClient(connection), address: server.address,
                        histories: histories, keepsAll: keepsAll))
            }
        }
    }

    /// Runs the trees of these seeds.
    package func run(_ seeds: Range<UInt64>, _ setting: Setting) async throws -> [Failure] {
        let queue = "fuzz-\(UUID().uuidString)"
        let crew = try Crew(
            program: program, workers: 2, seed: seeds.lowerBound,
            arguments: [address, queue, "--cache", "\(setting.cache)"])
        let other =
            setting.kind == .sequential
            ? try Crew(program: program, workers: 1, arguments: [address, queue + "-other", "--cache", "1000"]) : nil
        let chaos = setting.kind == .killable ? Task { try await crew.dieAndReturn() } : nil
        var failures = await withTaskGroup(of: Failure?.self) { group in
            var failures: [Failure] = []
            for (index, seed) in seeds.enumerated() {
                if index >= width, let failure = await group.next() ?? nil { failures.append(failure) }
                group.addTask { await trial(seed, setting, queue) }
            }
            for await case let failure? in group { failures.append(failure) }
            return failures
        }
        chaos?.cancel()
        _ = await chaos?.result
        await crew.dismiss()
        await other?.dismiss()
        for line in crew.complaints + (other?.complaints ?? []) {
            let seed = line.firstMatch(of: /fuzz-[a-z]+-([0-9]+)-/).flatMap { UInt64($0.1) } ?? seeds.lowerBound
            failures.append(Failure(seed: seed, setting: setting, problems: ["a worker says: \(line)"]))
        }
        return failures
    }

    private func trial(_ seed: UInt64, _ setting: Setting, _ queue: String) async -> Failure? {
        let tree = Tree(seed: seed, kind: setting.kind)
        let trial = Trial(tree, client: client, queue: queue)
        var outcome = await trial.run()
        if setting.kind == .sequential {
            let other = await Trial(tree, client: client, queue: queue + "-other").run()
            outcome.problems += other.problems
            if outcome.commands != other.commands {
                outcome.problems.append(
                    "without and with a cache it commands otherwise: \(outcome.commands) and \(other.commands)")
            }
        }
        guard keepsAll || !outcome.problems.isEmpty else { return nil }
        do { try await save(outcome.chain, seed, setting) } catch { outcome.problems.append("not saved: \(error)") }
        return outcome.problems.isEmpty ? nil : Failure(seed: seed, setting: setting, problems: outcome.problems)
    }

    /// As the official command line writes them, so that they are fixtures for every version to come.
    private func save(_ chain: Chain?, _ seed: UInt64, _ setting: Setting) async throws {
        guard let histories, let chain else { return }
        for (index, run) in chain.all.enumerated() {
            let name = "fuzz-\(setting.kind)-\(seed)-cache-\(setting.cache)-\(index + 1).json"
            let json = try await HistoryText.json(of: run.workflowID, run.runID, at: address)
            try json.write(to: histories.appending(path: name))
        }
    }
}
