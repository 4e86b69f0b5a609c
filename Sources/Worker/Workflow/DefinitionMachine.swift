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
    private(set) var activityOffset: Seq = 0
    private var footprintOfInput: Int
    /// Since when the run begins nothing new; nil while it goes on.
    package private(set) var pausedAt: Timestamp?
    /// What happened to a paused run, in order; it hears of it when it is resumed.
    private var held: [Event] = []
    private var heldBytes = 0
    /// For a reader of the run, who wants the steps' values too.
    private let isObserved: Bool

    package init(start: WorkflowStart) throws(MachineFault) { try self.init(start: start, isObserved: false) }

    init(start: WorkflowStart, isObserved: Bool) throws(MachineFault) {
        self.start = start
        self.isObserved = isObserved
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
        return footprintOfInput + interpreter.footprint + heldBytes
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
        if case .starting = phase {
            if beginsCancelled(task) {
                phase = .refused
                turn.commands.append(.cancelled([]))
                return turn
            }
            try begin(now, &turn)
        }
        for job in inOrder(task.jobs) { try handle(job, task.now, &turn) }
        if task.continueAsNewSuggested, pausedAt == nil { apply(.drain, now, &turn) }
        return turn
    }

    /// Whoever cancels a run before its time wants that none of it happens.
    private func beginsCancelled(_ task: Activation) -> Bool {
        guard let pin, pin.engineVersion >= Self.pauseVersion, pin.snapshot == nil else { return false }
        return task.jobs.contains(where: \.isCancelRequest)
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
            tier: pin.tier, pointsOff: pin.pointsOff,
            randomSeed: start.randomSeed
        )
        if let snapshot {
            do {
                var interpreter = try Interpreter(plan: plan, restoring: Snapshot(json: snapshot))
                if isObserved { interpreter.observer = StepObserver() }
                phase = .running(interpreter)
            } catch {
                throw MachineFault("the continued run's state cannot be read: \(error)")
            }
            apply(.resume, now, &turn)
        } else {
            var interpreter = Interpreter(plan: plan, context: context, input: input)
            if isObserved { interpreter.observer = StepObserver() }
            phase = .running(interpreter)
            apply(.start, now, &turn)
        }
    }

    private mutating func handle(_ job: Job, _ time: Timestamp, _ turn: inout Turn) throws(MachineFault) {
        let now = Instant(time)
        switch job {
        case .activity(1, let resolution) where activityOffset == 0 && pin == nil:
            try resolved(resolution, now, &turn)
        case .activity(let seq, let resolution):
            hear(Event(activity: seq - activityOffset, resolution), bytes: resolution.bytes, now, &turn)
        case .timerFired(let seq): hear(.timerFired(seq), now, &turn)
        case .cancelRequested(let reason):
            if case .resolving = phase {
                phase = .refused
                turn.commands += [.cancelActivity(1), .cancelled([])]
            } else {
                apply(.cancelRequested(reason: reason), now, &turn)
            }
        case .reseed(let seed): apply(.reseed(seed), now, &turn)
        case .signal(let signal) where signal.name == Self.pauseSignal && canBePaused: pausedAt = pausedAt ?? time
        case .signal(let signal) where signal.name == Self.resumeSignal && canBePaused: resume(now, &turn)
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
            if !canBePaused { pausedAt = nil }
            input = answer["input"] ?? input
            try begin(now, &turn)
        case .failed(let failure), .cancelled(let failure):
            phase = .refused
            turn.commands.append(.fail(WorkflowError(failure).failure()))
        }
    }

    /// A paused run is told later; whoever pauses it wants that it begins nothing new.
    private mutating func hear(_ event: Event, bytes: Int = 0, _ now: Instant, _ turn: inout Turn) {
        guard pausedAt != nil else { return apply(event, now, &turn) }
        held.append(event)
        heldBytes += 256 + bytes
    }

    private mutating func resume(_ now: Instant, _ turn: inout Turn) {
        pausedAt = nil
        let events = held
        held = []
        heldBytes = 0
        for event in events { apply(event, now, &turn) }
    }

    /// Engines before version 2 let the signal pass: the histories of their runs go on without.
    private var canBePaused: Bool { pin.map { $0.engineVersion >= Self.pauseVersion } ?? true }

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
            signals: canBePaused
                ? [
                    .init(name: Self.pauseSignal, description: "Begin nothing new until the run is resumed"),
                    .init(name: Self.resumeSignal, description: "Go on after a pause"),
                ] : [],
            currentDetails: ((pausedAt == nil ? [] : ["**paused**"]) + waits.map { "- \($0)" }).joined(separator: "\n")
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
    package static let pauseSignal = "workflow_service_pause"
    package static let resumeSignal = "workflow_service_resume"
    /// The first engine version whose runs can be paused.
    package static let pauseVersion = 2
}

extension Resolution {
    fileprivate var bytes: Int { if case .completed(let payload?) = self { payload.data.count } else { 0 } }
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
        self.init(milliseconds: timestamp.milliseconds)
    }
}
