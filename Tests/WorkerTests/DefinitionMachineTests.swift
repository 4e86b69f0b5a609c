import Foundation
import JSON
import Storage
import Temporal
import Testing
import Worker
import WorkflowDefinition
import WorkflowEngine

/// A pin around a definition that is its tasks.
func pin(_ tasks: String, aiEnhanced: Bool = false, tier: String = "enterprise") throws -> RunPin {
    let text = """
        document: { dsl: '1.0.3', namespace: test, name: test, version: '1.0.0' }
        do:
        \(tasks)
        """
    let definition = try Definition(yaml: text, catalog: .standard)
    return RunPin(
        templateID: UUID(), templateName: "test", templateVersion: "1.0.0", definition: definition.source,
        definitionDigest: ContentDigest(of: definition.source.canonicalBytes()).rawValue, aiEnhanced: aiEnhanced,
        tier: tier
    )
}

@Suite struct DefinitionMachineTests {
    private func start(_ input: [Payload]) -> WorkflowStart {
        WorkflowStart(
            workflowID: "w-1", runID: "r-1", firstRunID: "r-1", namespace: "default", workflowType: "test",
            taskQueue: "workflows", input: input, startedAt: Timestamp(seconds: 1_000), randomSeed: 7
        )
    }

    private func task(_ jobs: [Job] = [], continueAsNew: Bool = false) -> Activation {
        Activation(
            now: Timestamp(seconds: 1_001), isReplaying: false, historyEvents: 3, historyBytes: 100,
            continueAsNewSuggested: continueAsNew, jobs: jobs
        )
    }

    private func machine(_ tasks: String, input: JSONValue = [:]) throws -> DefinitionMachine {
        try DefinitionMachine(start: start(try pin(tasks).arguments(input: input)))
    }

    private func options(_ command: Command?) -> ActivityOptions? {
        if case .scheduleActivity(_, let options) = command { options } else { nil }
    }

    @Test func cancelOfADrainingRunIsNotLostWithTheNextRun() throws {
        var machine = try machine(
            """
            - a: { call: extract_text_activity, with: { document: { content_base64: 'YQ==' } } }
            - b: { wait: { hours: 1 } }
            """)
        #expect(options(try machine.activate(task()).commands.last) != nil)
        #expect(try machine.activate(task(continueAsNew: true)).commands.isEmpty)
        let end: [Job] = [.activity(1, .completed(.json("{}"))), .cancelRequested(reason: "enough")]
        let commands = try machine.activate(task(end)).commands
        guard case .cancelled? = commands.last else {
            Issue.record("\(commands)")
            return
        }
    }

    @Test func pinnedRunWrapsItsResult() throws {
        var machine = try machine("- a: { set: { x: 1 } }")
        let turn = try machine.activate(task())
        guard case .complete(let payload) = turn.commands.last else {
            Issue.record("\(turn.commands)")
            return
        }
        let value = try payload.jsonValue()
        #expect(value["result"] == ["x": 1])
        #expect(value["ai_enhanced"] == false)
        #expect(value["execution_metadata"]?["execution_id"] == "w-1")
        #expect(value["execution_metadata"]?["template"] == "test")
        #expect(value["execution_metadata"]?["fallback_used"] == false)
    }

    @Test func activitiesGoToTheQueueOfTheirPool() throws {
        var standard = try machine("- a: { call: extract_text_activity, with: { document: { id: x } } }")
        let extract = try #require(options(try standard.activate(task()).commands.first))
        #expect(
            extract.activityType == "extract_text_activity" && extract.taskQueue == "workflows"
                && extract.summary == "a")
        #expect(extract.startToClose == .seconds(180))
        #expect(try extract.input.first?.jsonValue() == ["document": ["id": "x"]])
        var ai = try machine("- b: { call: ai_summarize_activity, with: { text: t } }")
        #expect(options(try ai.activate(task()).commands.first)?.taskQueue == "workflows-ai")
        var other = try machine(
            """
            - c:
                call: activity
                with: { name: greet, taskQueue: python, input: { name: x }, startToClose: { seconds: 5 }, retry: { maximumAttempts: 2 } }
            """)
        let greet = try #require(options(try other.activate(task()).commands.first))
        #expect(greet.activityType == "greet" && greet.taskQueue == "python" && greet.startToClose == .seconds(5))
        #expect(greet.retry?.maximumAttempts == 2)
        var http = try machine("- d: { call: http, with: { method: get, endpoint: 'http://example.org/' } }")
        #expect(options(try http.activate(task()).commands.first)?.activityType == "http_call_activity")
    }

    @Test func runWithoutAPinIsResolvedFirst() throws {
        var machine = try DefinitionMachine(start: start([.json(["x": 1])]))
        let resolve = try #require(options(try machine.activate(task()).commands.first))
        #expect(resolve.activityType == "resolve_template_activity" && resolve.taskQueue == "workflows")
        #expect(try resolve.input.first?.jsonValue() == ["template": "test", "input": ["x": 1], "options": nil])
        let pin = try pin("- a: { call: extract_text_activity, with: { document: '${ .document }' } }")
        let answer: JSONValue = ["pin": pin.json, "input": ["document": ["id": "d"]]]
        let turn = try machine.activate(task([.activity(1, .completed(.json(answer)))]))
        guard case .scheduleActivity(2, let extract) = turn.commands.first else {
            Issue.record("\(turn.commands)")
            return
        }
        #expect(try extract.input.first?.jsonValue() == ["document": ["id": "d"]])
        let text: JSONValue = ["text": "hello"]
        let end = try machine.activate(task([.activity(2, .completed(.json(text)))]))
        guard case .complete(let payload) = end.commands.last else {
            Issue.record("\(end.commands)")
            return
        }
        #expect(try payload.jsonValue()["result"] == text)
    }

    @Test func runThatCannotBeResolvedFails() throws {
        var machine = try DefinitionMachine(start: start([]))
        _ = try machine.activate(task())
        let document: JSONValue = [
            "type": "https://serverlessworkflow.io/spec/1.0.0/errors/authorization", "status": 403, "detail": "no",
        ]
        let failure = Failure(
            kind: .activity(
                activityType: "resolve_template_activity", activityID: "1", scheduledEventID: 5, startedEventID: 6,
                identity: "",
                retryState: .nonRetryableFailure),
            message: "activity error",
            cause: .application("no", type: "authorization", nonRetryable: true, details: [.json(document)])
        )
        let turn = try machine.activate(task([.activity(1, .failed(failure))]))
        guard case .fail(let told) = turn.commands.last else {
            Issue.record("\(turn.commands)")
            return
        }
        #expect(told.message == "no")
    }

    @Test func runOfANewerEngineIsLeftToOthers() throws {
        var pin = try pin("- a: { set: { x: 1 } }")
        pin.engineVersion = Interpreter.engineVersion + 1
        let arguments = pin.arguments(input: [:])
        let fault = #expect(throws: MachineFault.self) { try DefinitionMachine(start: start(arguments)) }
        #expect(fault?.kind == .leaveToOthers)
    }

    /// Workers of before go on with runs that need nothing new, and leave the others.
    @Test func onlyRunsWithAPointOffNeedTheNewerEngine() throws {
        var pin = try pin("- a: { set: { x: 1 } }", aiEnhanced: true)
        #expect(pin.engineVersion == 2 && pin.json["points_off"] == nil)
        #expect(RunPin(json: pin.json)?.pointsOff == [:])
        pin = RunPin(
            templateID: pin.templateID, templateName: "t", templateVersion: "1.0.0", definition: pin.definition,
            definitionDigest: pin.definitionDigest, aiEnhanced: true, tier: "premium", pointsOff: ["s": "held_out"])
        #expect(pin.engineVersion == 3)
        let read = try #require(RunPin(json: pin.json))
        #expect(read.pointsOff == ["s": "held_out"] && read.engineVersion == 3)
    }

    @Test func pointThatThePinSwitchesOffIsNotCalled() throws {
        let tasks = """
            - a:
                call: ai_summarize_activity
                with: { text: hello }
                metadata: { enhancement: { id: s, tiers: [enterprise], fallback: { value: none } } }
            """
        for off in [[:], ["s": "switched_off"]] {
            let pinned = try pin(tasks, aiEnhanced: true)
            let pin = RunPin(
                templateID: UUID(), templateName: "t", templateVersion: "1.0.0", definition: pinned.definition,
                definitionDigest: pinned.definitionDigest, aiEnhanced: true, tier: "enterprise", pointsOff: off)
            var machine = try DefinitionMachine(start: start(pin.arguments(input: [:])))
            let commands = try machine.activate(task()).commands
            if off.isEmpty {
                let call = try #require(self.options(commands.first))
                #expect(try call.input[1].jsonValue()["enhancement"] == "s")
            } else if case .complete? = commands.last {
                #expect(commands.count == 1)
                let reasons = machine.interpreter?.enhancements.map(\.reason)
                #expect(reasons == ["switched_off"])
            } else {
                Issue.record("\(commands)")
            }
        }
    }

    @Test func cancellationUnwinds() throws {
        var machine = try machine("- a: { call: extract_text_activity, with: { document: { id: x } } }")
        _ = try machine.activate(task())
        let turn = try machine.activate(task([.cancelRequested(reason: "enough")]))
        guard case .cancelled = turn.commands.last else {
            Issue.record("\(turn.commands)")
            return
        }
        #expect(turn.commands.contains { if case .cancelActivity(1) = $0 { true } else { false } })
    }

    @Test func suggestedContinueAsNewCarriesTheState() throws {
        let tasks = """
            - a: { call: extract_text_activity, with: { document: { id: x } } }
            - b: { set: { before: '${ . }', after: 1 } }
            """
        var machine = try machine(tasks)
        _ = try machine.activate(task())
        let turn = try machine.activate(task([.activity(1, .completed(.json(["text": "t"])))], continueAsNew: true))
        guard case .continueAsNew(let next) = turn.commands.last else {
            // Nothing is left to drain: the run may as well have completed in this very task.
            guard case .complete = turn.commands.last else {
                Issue.record("\(turn.commands)")
                return
            }
            return
        }
        var continued = try DefinitionMachine(start: start(next.input))
        guard case .complete(let payload) = try continued.activate(task()).commands.last else {
            Issue.record("the continued run does not complete")
            return
        }
        #expect(try payload.jsonValue()["result"]?["before"] == ["text": "t"])
    }

    @Test func stepsAnswerTheQuery() throws {
        var machine = try machine("- a: { call: extract_text_activity, with: { document: { id: x } } }")
        _ = try machine.activate(task())
        let steps = try machine.query(QueryCall(name: "steps")).jsonValue()
        #expect(steps["steps"]?[0]?["name"] == "a" && steps["steps"]?[0]?["status"] == "running")
        let trace = try machine.query(QueryCall(name: "__stack_trace")).jsonValue().string
        #expect(trace?.contains("extract_text_activity") == true)
        #expect(throws: Failure.self) { try machine.query(QueryCall(name: "nonsense")) }
    }

    @Test func errorsKeepTheirDocumentThroughAFailure() {
        let error = WorkflowError(.communication, status: 502, detail: "gone", instance: "/do/0/a")
        let back = WorkflowError(error.failure())
        #expect(back.type == error.type && back.status == 502 && back.detail == "gone")
        let timeout = WorkflowError(
            Failure(kind: .timeout(.startToClose, lastHeartbeatDetails: []), message: "timeout"))
        #expect(timeout.typeName == "timeout" && timeout.status == 408)
        let foreign = WorkflowError(.application("boom", type: "ValueError"))
        #expect(foreign.typeName == "runtime" && foreign.detail == "ValueError: boom")
    }
}
