import Fuzz
import Temporal
import TestSupport
import Testing

/// Children and other workflows on a real server.
@Suite(.temporalServer(), .timeLimit(.minutes(5)), .serialized) struct FamilyTests {
    private func child(of parent: String, _ kitchen: Kitchen) async throws -> String {
        let events = try await kitchen.client.events(workflowID: parent)
        return try #require(
            events.compactMap { if case .childInitiated(let id, _) = $0.kind { id } else { nil } }.first)
    }

    @Test(arguments: [("terminate", WorkflowStatus.terminated), ("cancel", .canceled), ("abandon", .running)])
    func aChildFaresAsItsPolicySaysWhenItsParentCloses(_ policy: String, _ status: WorkflowStatus) async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .child([.signal("never")]) {
                        $0.isDetached = true
                        $0.whenParentCloses = policy
                    },
                    .say("gone"),
                ])
                _ = try await kitchen.log(id)
                let child = try await child(of: id, kitchen)
                if status == .running {
                    // It has had as much time as the others need.
                    try await Task.sleep(for: .seconds(1))
                    #expect(try await kitchen.client.describe(workflowID: child).execution.status == .running)
                    try await kitchen.client.terminate(workflowID: child)
                } else {
                    try await eventually(timeout: .seconds(30)) {
                        try await kitchen.client.describe(workflowID: child).execution.status == status
                    }
                }
                try await kitchen.replays(id)
            }
        }
    }

    @Test(arguments: ["try", "waitRequested", "wait", "abandon"])
    func aRaceThatAChildLosesCancelsItAsItsTypeSays(_ type: String) async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .race([
                        [
                            .child([.signal("never")]) {
                                $0.cancellation = type
                                $0.whenParentCloses = "abandon"
                            }
                        ], [.sleep(0.5)],
                    ]),
                    // A run that closes at once takes its request to cancel with it.
                    .sleep(1), .say("won"),
                ])
                _ = try await kitchen.log(id)
                let child = try await child(of: id, kitchen)
                if type == "abandon" {
                    try await Task.sleep(for: .seconds(1))
                    #expect(try await kitchen.client.describe(workflowID: child).execution.status == .running)
                    try await kitchen.client.terminate(workflowID: child)
                } else {
                    try await eventually(timeout: .seconds(30)) {
                        try await kitchen.client.describe(workflowID: child).execution.status == .canceled
                    }
                }
                try await kitchen.replays(id)
            }
        }
    }

    @Test func otherWorkflowsHearSignalsAndCancelsAndAbsentOnesAreNamed() async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let listener = try await kitchen.start([.signal("hello"), .signal("never")])
                let id = try await kitchen.start([.tell(listener, "hello"), .stop(listener), .say("done")])
                #expect(try await kitchen.log(id).last == "done")
                guard case .cancelled = try await kitchen.client.result(workflowID: listener) else {
                    Issue.record("not cancelled")
                    return
                }
                let absent = try await kitchen.start([.attempt([.tell("nobody-of-this-name", "hello")])])
                let log = try await kitchen.log(absent).joined()
                #expect(log.contains("ExternalWorkflowExecutionNotFound"))
                for run in [id, listener, absent] { try await kitchen.replays(run) }
            }
        }
    }

    @Test func aSecondChildOfTheSameNameIsRefusedWhileTheFirstRuns() async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let name = "only-\(kitchen.queue)"
                let first = Action.child([.signal("never")]) {
                    $0.name = name
                    $0.isDetached = true
                }
                let second = Action.child([.say("twin")]) { $0.name = name }
                let id = try await kitchen.start([first, .attempt([second]), .say("end")])
                let log = try await kitchen.log(id).joined()
                #expect(log.contains("WorkflowExecutionAlreadyStarted"))
                try await kitchen.replays(id)
            }
        }
    }
}
