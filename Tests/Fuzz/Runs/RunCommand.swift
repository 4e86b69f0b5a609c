import ArgumentParser
import Foundation

/// Random trees until there were enough.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs random trees and compares each with a direct evaluation.")

    @Option(help: "How many trees.") var seeds = 2_000
    @Option(help: "The first seed.") var seed: UInt64 = .random(in: 1...1_000_000) * 1_000
    @Option(help: "Stop after so many minutes.") var minutes = 60.0
    @Option(help: "Of \(Tree.Kind.allCases.map(\.rawValue).joined(separator: ", ")); all when absent.") var kind:
        Tree.Kind?
    @Option(help: "Runs that a worker keeps; 0, 1 and 1000 when absent.") var cache: Int?
    @Option(help: "Where the histories of failing seeds go.") var histories: String?
    @Flag(help: "Keep the histories of all seeds.") var keep = false
    @Flag(help: "Print the first tree and what is expected of it.") var show = false

    func run() async throws {
        let settings = Fuzzer.Setting.all.filter { setting in
            (kind == nil || setting.kind == kind) && (cache == nil || setting.cache == cache)
        }
        guard !settings.isEmpty else { throw ValidationError("no such setting") }
        if show {
            let tree = Tree(seed: seed, kind: settings[0].kind)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            print(String(decoding: try encoder.encode(tree.actions), as: UTF8.self), tree.expected)
        }
        let folder = histories.map { URL(filePath: $0) }
        let failed = try await Fuzzer.with(program: CommandLine.arguments[0], histories: folder, keepsAll: keep) {
            fuzzer in
            try await run(fuzzer, settings)
        }
        if failed > 0 { throw ExitCode.failure }
    }

    /// How many failed.
    private func run(_ fuzzer: Fuzzer, _ settings: [Fuzzer.Setting]) async throws -> Int {
        let begin = ContinuousClock.now
        var done: [Int: Int] = [:]
        var failures = 0
        var next = seed
        var batch = 0
        let end = seed &+ UInt64(max(0, seeds))
        while next < end, .now < begin + .seconds(minutes * 60) {
            let setting = settings[batch % settings.count]
            let seeds = next..<min(end, next + 100)
            for failure in try await fuzzer.run(seeds, setting) {
                failures += 1
                say("FAILED \(failure)")
            }
            done[setting.cache, default: 0] += seeds.count
            next = seeds.upperBound
            batch += 1
            let counts = done.sorted { $0.key < $1.key }.map { "cache \($0.key): \($0.value)" }.joined(separator: ", ")
            let seconds = Int((ContinuousClock.now - begin).components.seconds)
            say("\(next - seed) trees in \(seconds) s (\(counts)), \(failures) failed; last \(setting.kind)")
        }
        return failures
    }
}

/// At once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

extension Tree.Kind: ExpressibleByArgument {}
