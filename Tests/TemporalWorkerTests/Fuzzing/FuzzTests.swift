import Foundation
import Fuzz
import Temporal
import Testing

/// Random trees: a short run on a real server, and what every failing one of the long runs left behind.
@Suite(.timeLimit(.minutes(4))) struct FuzzTests {
    private static let program = Kitchen.package.appending(path: ".build/debug/fuzz").path
    /// A handful for each way of running them.
    private static let seeds: Range<UInt64> = 1..<7

    @Test func randomTreesEndAsADirectEvaluationSaysAndReplay() async throws {
        try await Fuzzer.with(program: Self.program) { fuzzer in
            for (index, setting) in Fuzzer.Setting.all.enumerated() {
                let offset = UInt64(index) * 100
                let failures = try await fuzzer.run(
                    Self.seeds.lowerBound + offset..<Self.seeds.upperBound + offset, setting)
                for failure in failures { Issue.record("\(failure)") }
            }
        }
    }

    @Test func aSeedGivesTheSameTreeForEver() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        for kind in Tree.Kind.allCases {
            var texts: Set<String> = []
            for seed in UInt64(1)...50 {
                let text = String(decoding: try encoder.encode(Tree(seed: seed, kind: kind).actions), as: UTF8.self)
                #expect(
                    text == String(decoding: try encoder.encode(Tree(seed: seed, kind: kind).actions), as: UTF8.self))
                texts.insert(text)
            }
            #expect(texts.count > 40)
        }
    }

    @Test func noTreeThatIsNotInterruptedWaitsForEver() {
        for kind in Tree.Kind.allCases {
            for seed in UInt64(1)...3_000 {
                #expect(Tree(seed: seed, kind: kind).expected != .blocked, "seed \(seed), \(kind)")
            }
        }
    }

    @Test func everyKindOfActionOccurs() {
        var counts: [String: Int] = [:]
        for seed in UInt64(1)...600 {
            let tree = Tree(seed: seed, kind: .concurrent)
            for action in Action.all(in: tree.actions) {
                for case (let label?, let value) in Mirror(reflecting: action).children {
                    if case Optional<Any>.some = value { counts[label, default: 0] += 1 }
                }
            }
        }
        let fields = Set(Mirror(reflecting: Action.say("")).children.compactMap(\.label)).subtracting(["emit"])
        for field in fields { #expect(counts[field, default: 0] > 10, "\(field): \(counts)") }
    }

    struct Evaluation: Sendable, CustomTestStringConvertible {
        let actions: [Action]
        let expected: Prediction
        var testDescription: String { "\(expected)" }
    }

    static let evaluations = [
        Evaluation(actions: [.say("a"), .activity("echo", "b"), .sleep(1)], expected: .completed(["a", "\"b\""])),
        Evaluation(actions: [.say("a"), .fail("b"), .say("c")], expected: .failed("b")),
        Evaluation(
            actions: [.attempt([.say("a"), .activity("refuse"), .say("b")]), .say("c")],
            expected: .completed(["a", "caught never", "c"])),
        Evaluation(
            actions: [.race([[.signal("never")], [.signal("s")], [.sleep(3_600)]])], expected: .completed(["\"s\""])),
        Evaluation(actions: [.parallel([[.sleep(3_600)], [.say("a"), .fail("b")]])], expected: .failed("b")),
        Evaluation(
            actions: [.parallel([[.say("a")], [.sleep(1), .say("b")]]), .continueAsNew([.say("c")])],
            expected: .completed(["a", "b", "c"])),
        Evaluation(
            actions: [.child([.say("a"), .child([.say("b")])])], expected: .completed(["child(a, child(b))"])),
        Evaluation(
            actions: [.attempt([.child([.signal("never")]) { $0.meanwhile = [.stop("child")] }])],
            expected: .completed(["caught Child workflow cancelled"])),
        Evaluation(actions: [.say("a"), .parallel([[], [.signal("never")]])], expected: .blocked),
    ]

    @Test(arguments: evaluations)
    func aDirectEvaluationSaysWhatATreeComesTo(_ evaluation: Evaluation) {
        #expect(Prediction(of: evaluation.actions) == evaluation.expected)
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Histories")

    /// The histories of seeds that failed once, and of some that never did.
    static let fixtures =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasPrefix("fuzz-") }
        .sorted()

    @Test(arguments: fixtures)
    func aRecordedTreeReplaysForEver(_ name: String) throws {
        let events = try HistoryFile.events(json: Data(contentsOf: Self.folder.appending(path: name)))
        let run = try WorkflowReplayer<KitchenSink>().replay(events)
        #expect(run.outcome != nil)
        try expectSameCommandsFromEveryPrefix(of: events, KitchenSink.self)
        try expectSameCommandsInParts(of: events, KitchenSink.self)
    }
}
