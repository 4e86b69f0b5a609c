import Foundation
import Temporal

/// A machine that takes every verb: it counts what it is told until it is told to end, and passes work and failures on.
struct Tally: WorkflowMachine {
    private var total: Int
    private var random: UInt64
    private var log: [String] = []
    /// Updates that a signal releases.
    private var waiting: [String] = []
    private var commands: [Command] = []
    private var closing: Command?
    private var seq: Seq = 0

    init(start: WorkflowStart) throws(MachineFault) {
        guard start.workflowType == "Tally" else {
            throw MachineFault("workflow type \(start.workflowType) is for another worker", kind: .leaveToOthers)
        }
        total = start.input.first.flatMap { try? DataConverter.decode(Int.self, from: $0) } ?? 0
        random = start.randomSeed
    }

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        commands = []
        for job in task.jobs where closing == nil {
            switch job {
            case .signal(let call): hear(call)
            case .update(let call): take(call)
            case .reseed(let seed): random = seed
            case .cancelRequested: closing = .cancelled([Self.json(total)])
            case .activity(_, let end), .child(_, let end): pass(end)
            case .childStarted(_, .failure(let failure)): closing = .fail(failure)
            case .childStarted(_, .success): log.append("child started")
            case .externalSignal(_, let failure), .externalCancel(_, let failure):
                log.append(failure.map { "not told: \($0.message)" } ?? "told")
            case .timerFired: break
            }
        }
        return Turn(commands: commands + (closing.map { [$0] } ?? []))
    }

    private mutating func hear(_ call: SignalCall) {
        let words = call.input.map { payload in
            (try? DataConverter.decode(String.self, from: payload)) ?? String(decoding: payload.data, as: UTF8.self)
        }
        seq += 1
        switch (call.name, words.count) {
        case ("add", 1): total += Int(words[0]) ?? 0
        case ("roll", 0):
            random = random &* 6_364_136_223_846_793_005 &+ 1
            log.append("\(random)")
        case ("end", 0): closing = .complete(Self.json(total))
        case ("fail", 0): closing = .fail(Self.failure)
        case ("release", 0):
            for id in waiting { commands.append(.completeUpdate(id: id, .success(Self.json(total)))) }
            waiting = []
        case ("ask", 3):
            var options = ActivityOptions(activityType: words[0], taskQueue: words[1], input: [Self.json(words[2])])
            options.startToClose = .seconds(20)
            options.retry = RetryPolicy(initialInterval: .milliseconds(20), maximumAttempts: 2)
            commands.append(.scheduleActivity(seq, options))
        case ("child", 4):
            commands.append(
                .startChild(
                    seq,
                    ChildOptions(
                        workflowType: words[0], workflowID: words[1], taskQueue: words[2], input: [Self.json(words[3])])
                ))
        case ("tell", 3):
            let told = SignalCall(name: words[1], input: [Self.json(words[2])])
            commands.append(.signalExternal(seq, ExternalTarget(workflowID: words[0]), told))
        case ("stop", 1):
            commands.append(.cancelExternal(seq, ExternalTarget(workflowID: words[0]), reason: "stopped"))
        case ("mark", 1):
            commands.append(.upsertSearchAttributes(["TenantId": .keyword(words[0])]))
            commands.append(.modifyMemo(["mark": Self.json(words[0]), "born": .null]))
        default: log.append("\(call.name) \(words.joined(separator: " "))")
        }
    }

    func validate(_ update: UpdateCall) throws(Failure) {
        switch update.name {
        case "add":
            guard let payload = update.input.first, let number = try? DataConverter.decode(Int.self, from: payload),
                number >= 0
            else { throw .application("nothing to add", type: "Negative", details: update.input) }
        case "later", "break": break
        default: throw .application("unknown update \(update.name)", type: "UnknownUpdate")
        }
    }

    private mutating func take(_ update: UpdateCall) {
        switch update.name {
        case "later": waiting.append(update.id)
        case "break": commands.append(.completeUpdate(id: update.id, .failure(Self.failure)))
        default:
            total += update.input.first.flatMap { try? DataConverter.decode(Int.self, from: $0) } ?? 0
            commands.append(.completeUpdate(id: update.id, .success(Self.json(total))))
        }
    }

    private mutating func pass(_ end: Resolution) {
        switch end {
        case .completed(let payload): closing = .complete(payload ?? .null)
        case .failed(let failure), .cancelled(let failure): closing = .fail(failure)
        }
    }

    func query(_ query: QueryCall) throws(Failure) -> Payload {
        switch query.name {
        case "total": Self.json(total)
        case "log": Self.json(log)
        default: throw Self.failure
        }
    }

    var footprint: Int { log.reduce(100) { $0 + $1.utf8.count } }

    /// With all that a failure can carry.
    static let failure: Failure = {
        var inner = Failure.application("the root", type: "Root", details: [.null, .binary(Data([0, 255]))])
        inner.stackTrace = "root.swift:1"
        var outer = Failure.application(
            "it broke", type: "Broken", nonRetryable: true, details: [json(["code": 42]), json([1, 2])], cause: inner)
        outer.source = "tally"
        return outer
    }()

    static func json(_ value: some Encodable) -> Payload { (try? DataConverter.encode(value)) ?? .null }
}
