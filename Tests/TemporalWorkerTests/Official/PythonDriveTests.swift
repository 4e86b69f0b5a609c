import Foundation
import Subprocess
import SystemPackage
import Temporal
import TestSupport
import Testing

/// The official Python SDK and our worker on the same runs.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct PythonDriveTests {
    @Test func everyVerbOfThePythonClientReachesOurMachine() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(Tally.self) {
                let output = try await kitchen.python("drive.py", "drive").split(separator: "\n").map(String.init)
                let failure = Tally.failure.lines
                let expected =
                    [
                        "query 3", "query fails it broke", "update 7",
                        "update fails application Negative nonRetryable=false details=[-1] message=nothing to add",
                    ] + failure.map { "update fails \($0)" } + [
                        "update fails application UnknownUpdate nonRetryable=false details=[] message=unknown update unheard-of",
                        "update later 7", "describe RUNNING Tally {'born': 'python'}", "list 1 True", "list 0 True",
                    ]
                #expect(Array(output.prefix(expected.count)) == expected)
                let rest = Array(output.dropFirst(expected.count))
                #expect(rest.first?.hasPrefix("memo {'mark': ") == true && rest.first?.contains("born") == false)
                #expect(
                    Array(rest.dropFirst()) == [
                        "signal with start True 17", "result 17", "query closed 17",
                        "reset 17", "cancel cancelled details=[11] message=Workflow cancelled",
                        "terminate terminated message=no more", "signal closed NOT_FOUND", "schedule 3",
                        "schedule state True changed",
                    ])
            }
        }
    }

    @Test func aFailureReadsAlikeOnBothSides() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withPython {
                try await kitchen.withWorkers(Tally.self) {
                    let python = "\(kitchen.queue)-python"
                    let cases: [(signal: String, words: [String], first: String)] = [
                        ("fail", [], "application Broken nonRetryable=true"),
                        ("ask", ["explode", python, "forever"], "activity explode 1 NON_RETRYABLE_FAILURE"),
                        ("ask", ["explode", python, "twice"], "activity explode 1 MAXIMUM_ATTEMPTS_REACHED"),
                        ("child", ["Relay", "relay-\(UUID().uuidString)", python, "break"], "child Relay relay-"),
                    ]
                    for (signal, words, first) in cases {
                        let id = try await kitchen.tally()
                        try await kitchen.client.signal(
                            workflowID: id, name: signal, input: words.map(Tally.json))
                        guard case .failed(let failure) = try await kitchen.client.result(workflowID: id) else {
                            Issue.record("\(signal) \(words) did not fail")
                            continue
                        }
                        let theirs = try await kitchen.python("drive.py", "failure", id)
                        #expect(theirs.split(separator: "\n").map(String.init) == failure.lines)
                        #expect(failure.lines[0].hasPrefix(first), "\(failure.lines)")
                        if words.first == "explode" || signal == "fail" {
                            #expect(failure.lines.suffix(2).map { $0.split(separator: " ")[1] } == ["Broken", "Root"])
                        }
                        try await kitchen.replays(id, Tally.self)
                    }
                }
            }
        }
    }

    @Test func ourMachineSignalsAndHasPythonChildren() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withPython {
                try await kitchen.withWorkers(Tally.self) {
                    let id = try await kitchen.tally()
                    let child = "relay-\(UUID().uuidString)"
                    try await kitchen.tell(id, "child", "Relay", child, "\(kitchen.queue)-python", "good")
                    try await eventually { try await kitchen.query(id).contains("child started") }
                    try await kitchen.tell(id, "tell", child, "hello", "morning")
                    guard case .completed(let payloads) = try await kitchen.client.result(workflowID: id) else {
                        Issue.record("not completed")
                        return
                    }
                    #expect(payloads.map(text) == [#""good morning""#])
                    try await kitchen.replays(id, Tally.self)

                    let lone = try await kitchen.tally()
                    try await kitchen.tell(lone, "tell", "nobody-\(UUID().uuidString)", "hello", "x")
                    try await eventually { try await kitchen.query(lone).contains("not told") }
                    try await kitchen.tell(lone, "end")
                    _ = try await kitchen.client.result(workflowID: lone)
                    try await kitchen.replays(lone, Tally.self)
                }
            }
        }
    }

    @Test(arguments: ["end", "fail", "cancel"])
    func ourMachineIsAChildOfAPythonWorkflow(how: String) async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withPython {
                try await kitchen.withWorkers(Tally.self) {
                    let parent = "parent-\(UUID().uuidString)"
                    let start = StartWorkflowRequest(
                        workflowID: parent, workflowType: "Parent", taskQueue: "\(kitchen.queue)-python",
                        input: [Tally.json(kitchen.queue), Tally.json(how)])
                    _ = try await kitchen.client.startWorkflow(start)
                    let log = try await kitchen.log(parent)
                    switch how {
                    case "end": #expect(log == ["42"])
                    case "fail":
                        #expect(log.first?.hasPrefix("child Tally \(parent)-child default ") == true)
                        #expect(Array(log.dropFirst()) == Tally.failure.lines)
                    default:
                        // The Python SDK drops the details of a child's cancellation.
                        #expect(log.count == 2 && log.last?.hasPrefix("cancelled") == true, "\(log)")
                        let outcome = try await kitchen.client.result(workflowID: "\(parent)-child")
                        guard case .cancelled(let details) = outcome else {
                            Issue.record("not cancelled: \(outcome)")
                            return
                        }
                        #expect(details.map(text) == ["42"])
                    }
                    try await kitchen.replays("\(parent)-child", Tally.self)
                }
            }
        }
    }
}

extension Kitchen {
    func tally(_ number: Int = 0) async throws -> String {
        let id = "tally-\(UUID().uuidString)"
        _ = try await client.startWorkflow(
            StartWorkflowRequest(workflowID: id, workflowType: "Tally", taskQueue: queue, input: [Tally.json(number)]))
        return id
    }

    func tell(_ id: String, _ signal: String, _ words: String...) async throws {
        try await client.signal(workflowID: id, name: signal, input: words.map(Tally.json))
    }

    /// Runs Python's activities and workflows on a queue of their own beside `body`.
    func withPython(_ body: () async throws -> Void) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Python/drive.py").path
        let python = Configuration(
            executable: .path(.init(Self.package.appending(path: ".venv/bin/python").path)),
            arguments: [script, address, queue, "serve"])
        let result = try await Subprocess.run(python, input: .inputWriter, output: .discarded, error: .discarded) {
            execution in
            try await body()
            try await execution.standardInputWriter.finish()
        }
        #expect(result.terminationStatus.isSuccess)
    }
}
