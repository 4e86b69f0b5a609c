import Foundation
import Fuzz
import Logging
import Synchronization
import Temporal
import TestSupport
import Testing

/// Workflow workers that die, and answers that get lost, at every point of a task.
@Suite(.temporalServer(), .timeLimit(.minutes(4)))
struct WorkflowWorkerDeathTests {
    private static let poll = "PollWorkflowTaskQueue"
    private static let completion = "RespondWorkflowTaskCompleted"

    private static let actions: [Action] = [
        .activity("echo", "a"), .sleep(0.05), .activity("echo", "b"), .signal("go"), .activity("echo", "c"),
        .say("end"),
    ]
    private static let log = ["\"a\"", "\"b\"", "\"c\"", "end"]

    /// Each command once, in its order, however often its task was worked on.
    private func expectNothingLostOrDoubled(_ id: String, _ kitchen: Kitchen) async throws {
        #expect(try await kitchen.log(id) == Self.log)
        let events = try await kitchen.client.events(workflowID: id)
        #expect(
            events.filter(\.recordsCommand).map(\.summary) == [
                "ActivityTaskScheduled 1 (echo)", "TimerStarted 1", "ActivityTaskScheduled 2 (echo)",
                "ActivityTaskScheduled 3 (echo)", "WorkflowExecutionCompleted",
            ])
        try expectSameCommandsInParts(of: events, KitchenSink.self)
    }

    /// The signal comes early: it must not be forgotten over what happens to the worker.
    private func start(_ kitchen: Kitchen) async throws -> String {
        let id = try await kitchen.start(Self.actions) { $0.taskTimeout = .seconds(1) }
        try await kitchen.signal(id, "go")
        return id
    }

    struct Death: Sendable, CustomTestStringConvertible {
        let name: String
        let method: String
        let mode: FaultyProxy.Mode
        var testDescription: String { name }

        static let all = [
            Death(name: "with a task that it never saw", method: poll, mode: .hang),
            Death(name: "before its answer reaches the server", method: completion, mode: .hold),
            Death(name: "after its answer reached the server", method: completion, mode: .hang),
        ]
    }

    @Test(arguments: Death.all, [0, 1_000])
    func nothingIsLostOrDoubledWhereverAWorkerDies(_ death: Death, _ cacheSize: Int) async throws {
        try await FaultyProxy.with(try TemporalServer.current.address) { proxy in
            try await Kitchen.open(proxy.address) { kitchen in
                try await kitchen.withActivityWorker {
                    let id = try await start(kitchen)
                    // A worker for each of the first tasks; it dies with it.
                    for number in 1...4 {
                        try proxy.plan(death.method, death.mode)
                        let worker = Task {
                            try await kitchen.workflowWorker { $0.cacheSize = cacheSize }.run()
                        }
                        try await eventually(timeout: .seconds(30)) {
                            try proxy.count("\(death.method) \(death.mode)") == number
                        }
                        // For polls: that it got a task.
                        try await Task.sleep(for: .milliseconds(200))
                        worker.cancel()
                        _ = await worker.result
                    }
                    try await kitchen.withWorkers(
                        KitchenSink.self, configure: { workflows, _ in workflows.cacheSize = cacheSize }
                    ) {
                        try await expectNothingLostOrDoubled(id, kitchen)
                    }
                }
            }
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let method: String
        let mode: FaultyProxy.Mode
        var times = 3
        var testDescription: String { "\(method) \(mode)" }

        static let all = [
            Fault(method: completion, mode: .lose), Fault(method: completion, mode: .refuse("UNAVAILABLE")),
            Fault(method: completion, mode: .refuse("RESOURCE_EXHAUSTED")),
            Fault(method: completion, mode: .refuse("NOT_FOUND")),
            Fault(method: completion, mode: .refuse("INVALID_ARGUMENT")),
            // Longer than the server waits for the answer.
            Fault(method: completion, mode: .slow(seconds: 1.5)), Fault(method: completion, mode: .late(seconds: 1.5)),
            Fault(method: poll, mode: .lose), Fault(method: poll, mode: .refuse("RESOURCE_EXHAUSTED")),
            Fault(method: "GetWorkflowExecutionHistory", mode: .refuse("UNAVAILABLE"), times: 6),
            Fault(method: "GetWorkflowExecutionHistory", mode: .refuse("NOT_FOUND"), times: 6),
        ]
    }

    /// With a place for one run only, so that runs come back to a worker that does not hold them any more.
    @Test(arguments: Fault.all, [0, 1])
    func nothingIsLostOrDoubledWhateverACallComesTo(_ fault: Fault, _ cacheSize: Int) async throws {
        try await FaultyProxy.with(try TemporalServer.current.address) { proxy in
            try await Kitchen.open(proxy.address) { kitchen in
                try proxy.plan(fault.method, fault.mode, times: fault.times)
                try await kitchen.withWorkers(
                    KitchenSink.self, configure: { workflows, _ in workflows.cacheSize = cacheSize }
                ) {
                    var ids: [String] = []
                    for _ in 1...3 { ids.append(try await start(kitchen)) }
                    try await Kitchen.open(try TemporalServer.current.address) { direct in
                        for id in ids { try await expectNothingLostOrDoubled(id, direct) }
                    }
                }
            }
        }
    }

    @Test func aServerThatAsksForLessIsNotPressed() async throws {
        try await FaultyProxy.with(try TemporalServer.current.address) { proxy in
            try await Kitchen.open(proxy.address) { kitchen in
                try proxy.plan(Self.poll, .refuse("RESOURCE_EXHAUSTED"), times: 10_000)
                let worker = Task { try await kitchen.workflowWorker { $0.pollers = 8 }.run() }
                try await Task.sleep(for: .seconds(4))
                worker.cancel()
                _ = await worker.result
                let polls = try proxy.count(Self.poll)
                #expect(polls >= 8 && polls < 8 * 12, "\(polls) polls in 4 s")
            }
        }
    }

    /// Weighs what it is told, however large.
    struct Scale: WorkflowMachine {
        private var signals = 0
        private var bytes = 0

        init(start: WorkflowStart) throws(MachineFault) {}
        mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
            for case .signal(let call) in task.jobs {
                if call.name == "end" { return Turn(commands: [.complete(.json(Data("\(signals) \(bytes)".utf8)))]) }
                signals += 1
                bytes += call.input.reduce(0) { $0 + $1.data.count }
            }
            return Turn()
        }
        func query(_ query: QueryCall) throws(Failure) -> Payload { .json(Data("\(signals)".utf8)) }
        var footprint: Int { 100 }
    }

    @Test(arguments: [0, 1_000]) func aHistoryLargerThanAMessageIsFolded(_ cacheSize: Int) async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([])
            let large = Payload.binary(Data(count: 1_500_000))
            for _ in 1...6 { try await kitchen.client.signal(workflowID: id, name: "part", input: [large]) }
            let configure: (inout WorkflowWorkerConfiguration, inout ActivityWorkerConfiguration) -> Void = {
                workflows, _ in
                workflows.cacheSize = cacheSize
            }
            try await kitchen.withWorkers(Scale.self, configure: configure) {
                try await eventually(timeout: .seconds(30)) { try await kitchen.query(id) == "6" }
            }
            try await kitchen.withWorkers(Scale.self, configure: configure) {
                try await kitchen.client.signal(workflowID: id, name: "end", input: [])
                guard case .completed(let payloads) = try await kitchen.client.result(workflowID: id) else {
                    Issue.record("no")
                    return
                }
                #expect(payloads.map(text) == ["6 9000000"])
            }
        }
    }
}
