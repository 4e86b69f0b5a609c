import Activities
import Foundation
package import JSON
package import Temporal
import WorkflowDefinition
package import WorkflowEngine

/// The workflow machine that interprets definitions: binds the engine's events and effects to Temporal's jobs and commands.
///
/// A start without a pin makes `resolve_template_activity` the first command; its recorded result pins the run.
package struct DefinitionMachine: WorkflowMachine {
    private enum Phase: Sendable {
        case starting
        case resolving
        case running(Interpreter)
        case refused
    }

    /// Without its input once the run is pinned.
    private var start: WorkflowStart
    private var phase = Phase.starting
    private var input: JSONValue
    private var pin: RunPin?
    /// The engine counts its activities from 1; a resolve activity came before them.
    private var activityOffset: Seq = 0
    private var footprintOfInput: Int

    package init(start: WorkflowStart) throws(MachineFault) {
        self.start = start
        do {
            input = try start.input.first?.jsonValue() ?? .object(JSONObject())
            pin = try start.input.dropFirst().first.flatMap { try RunPin(json: $0.jsonValue()) }
        } catch {
            throw MachineFault("the workflow's arguments cannot be read: \(error)")
        }
        footprintOfInput = start.input.first?.data.count ?? 0
        if let pin, pin.engineVersion > Interpreter.engineVersion {
            throw MachineFault(
                "the run needs engine version \(pin.engineVersion); this worker has \(Interpreter.engineVersion)",
                kind: .leaveToOthers
            )
        }
    }

    package var footprint: Int {
        guard case .running(let interpreter) = phase else { return footprintOfInput }
        return footprintOfInput + interpreter.footprint
    }

    /// The interpreter for readers outside (step lists, results); nil before the run is pinned.
    package var interpreter: Interpreter? {
        guard case .running(let interpreter) = phase else { return nil }
        return interpreter
    }

    package var runPin: RunPin? { pin }

    package mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        let now = Instant(task.now)
        var turn = Turn()
        if case .starting = phase { try begin(now, &turn) }
        for job in inOrder(task.jobs) { try handle(job, now, &turn) }
        if task.continueAsNewSuggested { apply(.drain, now, &turn) }
        return turn
    }

    /// A run that drains may continue as new at any of the jobs, and what comes after is not heard: a cancel goes first.
    private func inOrder(_ jobs: [Job]) -> [Job] {
        guard interpreter?.isDraining == true else { return jobs }
        return jobs.filter(\.isCancelRequest) + jobs.filter { !$0.isCancelRequest }
    }

    private mutating func begin(_ now: Instant, _ turn: inout Turn) throws(MachineFault) {
        guard var pin else {
            phase = .resolving
            turn.commands.append(.scheduleActivity(1, resolveOptions))
            return
        }
        let plan = try DefinitionCache.shared.plan(of: &pin)
        let snapshot = pin.snapshot
        pin.snapshot = nil
        self.pin = pin
        start.input = []
        let context = RunContext(
            executionID: start.workflowID, startedAt: Instant(start.startedAt), aiEnhanced: pin.aiEnhanced,
            tier: pin.tier,
            randomSeed: start.randomSeed
        )
        if let snapshot {
            do {
                phase = .running(try Interpreter(plan: plan, restoring: Snapshot(json: snapshot)))
            } catch {
                throw MachineFault("the continued run's state cannot be read: \(error)")
            }
            apply(.resume, now, &turn)
        } else {
            phase = .running(Interpreter(plan: plan, context: context, input: input))
            apply(.start, now, &turn)
        }
    }

    private mutating func handle(_ job: Job, _ now: Instant, _ turn: inout Turn) throws(MachineFault) {
        switch job {
        case .activity(1, let resolution) where activityOffset == 0 && pin == nil:
            try resolved(resolution, now, &turn)
        case .activity(let seq, let resolution):
            apply(Event(activity: seq - activityOffset, resolution), now, &turn)
        case .timerFired(let seq): apply(.timerFired(seq), now, &turn)
        case .cancelRequested(let reason):
            if case .resolving = phase {
                phase = .refused
                turn.commands += [.cancelActivity(1), .cancelled([])]
            } else {
                apply(.cancelRequested(reason: reason), now, &turn)
            }
        case .reseed(let seed): apply(.reseed(seed), now, &turn)
        case .signal(let signal): turn.notes.append("signal \(signal.name) is not handled")
        // Definitions start no children, signal nobody, and take no updates yet.
        case .update, .childStarted, .child, .externalSignal, .externalCancel: break
        }
    }

    private mutating func resolved(
        _ resolution: Resolution, _ now: Instant, _ turn: inout Turn
    ) throws(MachineFault) {
        guard case .resolving = phase else { return }
        activityOffset = 1
        switch resolution {
        case .completed(let payload):
            guard let answer = try? payload?.jsonValue(), let pin = answer["pin"].flatMap(RunPin.init(json:)) else {
                throw MachineFault("the recorded answer of resolve_template_activity pins no run")
            }
            self.pin = pin
            input = answer["input"] ?? input
            try begin(now, &turn)
        case .failed(let failure), .cancelled(let failure):
            phase = .refused
            turn.commands.append(.fail(WorkflowError(failure).failure()))
        }
    }

    private mutating func apply(_ event: Event, _ now: Instant, _ turn: inout Turn) {
        guard case .running(var interpreter) = phase else { return }
        // One owner during the turn: a second reference would copy the state at its first change.
        phase = .starting
        let effects = interpreter.apply(event, now: now)
        for effect in effects {
            turn.commands.append(command(effect, interpreter, now))
        }
        phase = .running(interpreter)
    }

    private func command(_ effect: Effect, _ interpreter: Interpreter, _ now: Instant) -> Command {
        switch effect {
        case .scheduleActivity(let id, let request):
            .scheduleActivity(id + activityOffset, ActivityOptions(request, workflowQueue: start.taskQueue))
        case .cancelActivity(let id): .cancelActivity(id + activityOffset)
        case .startTimer(let id, let milliseconds, let summary):
            .startTimer(id, .milliseconds(milliseconds), summary: summary)
        case .cancelTimer(let id): .cancelTimer(id)
        case .complete(let value): .complete(.json(RunResult(value, interpreter, pin, now).json))
        case .fail(let error): .fail(error.failure())
        case .cancelled: .cancelled([])
        case .continueAsNew(let snapshot): .continueAsNew(ContinueAsNew(input: continuation(snapshot)))
        }
    }

    private func continuation(_ snapshot: Snapshot) -> [Payload] {
        guard var pin else { return start.input }
        pin.snapshot = snapshot.json
        return pin.arguments(input: input)
    }

    /// `steps`: what ran so far; `__stack_trace`: what the run waits for.
    package func query(_ query: QueryCall) throws(Failure) -> Payload {
        switch query.name {
        case "steps": return .json(progress)
        case "__stack_trace": return .json(.string(waits.joined(separator: "\n")))
        default:
            throw .application("unknown query \(query.name); known is steps", type: "UnknownQuery", nonRetryable: true)
        }
    }

    package var metadata: WorkflowMetadata {
        WorkflowMetadata(
            queries: [.init(name: "steps", description: "The steps that ran so far, with their outcome")],
            currentDetails: waits.map { "- \($0)" }.joined(separator: "\n")
        )
    }

    /// `{steps, step_count, enhancements, fallback_used, ai_activities_used}`.
    package var progress: JSONValue {
        guard let interpreter else { return ["steps": [], "step_count": 0, "enhancements": []] }
        return [
            "steps": .array(interpreter.steps.map(\.json)),
            "step_count": .integer(Int64(interpreter.stepCount)),
            "enhancements": .array(interpreter.enhancements.map(\.json)),
            "fallback_used": .bool(interpreter.fallbackUsed),
            "ai_activities_used": .array(interpreter.aiActivities.map { .string($0) }),
        ]
    }

    private var waits: [String] {
        switch phase {
        case .starting, .refused: []
        case .resolving: ["activity 1 \(Self.resolveActivity)"]
        case .running(let interpreter): interpreter.waits
        }
    }

    private var resolveOptions: ActivityOptions {
        var options = ActivityOptions(
            activityType: Self.resolveActivity, taskQueue: start.taskQueue,
            input: [
                .json([
                    "template": .string(start.workflowType), "input": input,
                    "options": (try? start.input.dropFirst().first?.jsonValue()) ?? nil ?? .null,
                ])
            ]
        )
        options.startToClose = .seconds(30)
        options.summary = "resolve template"
        return options
    }

    package static let resolveActivity = "resolve_template_activity"
}

extension Job {
    fileprivate var isCancelRequest: Bool { if case .cancelRequested = self { true } else { false } }
}

extension Event {
    fileprivate init(activity id: ActivityID, _ resolution: Resolution) {
        switch resolution {
        case .completed(let payload):
            do {
                self = .activityCompleted(id, try payload?.jsonValue() ?? .null)
            } catch {
                self = .activityFailed(id, WorkflowError(.runtime, detail: "the activity's result: \(error)"))
            }
        case .failed(let failure): self = .activityFailed(id, WorkflowError(failure))
        case .cancelled: self = .activityCancelled(id)
        }
    }
}

extension Instant {
    fileprivate init(_ timestamp: Timestamp) {
        self.init(milliseconds: timestamp.seconds * 1000 + Int64(timestamp.nanoseconds) / 1_000_000)
    }
}
