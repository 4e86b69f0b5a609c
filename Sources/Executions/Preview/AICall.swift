import AI
import Activities
import JSON
import WorkflowDefinition

/// A call of an AI activity, where it stands in a definition.
struct AICall {
    let position: String
    let task: String
    private let profile: ActivityProfile
    private let input: Template
    /// The innermost around it.
    let point: Enhancement?
    /// In a loop, a retried block, or between a jump back and where it leads.
    let repeats: Bool

    var activity: String { profile.name }

    fileprivate init?(_ call: Call, of task: TaskDefinition, in point: Enhancement?, repeats: Bool) {
        let called: String
        switch call {
        case .function(let name, _, _, let with):
            called = name
            input = with
        case .activity(let activity):
            called = activity.name
            input = activity.input
        case .http: return nil
        }
        guard let profile = StandardCatalog.profile(named: called), profile.pool == .ai else { return nil }
        position = task.position.description
        self.task = task.name
        self.profile = profile
        self.point = point
        self.repeats = repeats
    }

    /// nil: it asks no model.
    var kind: AIOperation.Kind? {
        switch activity {
        case StandardCatalog.generateText.name: .generateText
        case StandardCatalog.classifyContent.name: .classify
        case StandardCatalog.summarize.name: .summarize
        case StandardCatalog.extractEntities.name: .extractEntities
        case StandardCatalog.personalizeContent.name: .personalize
        default: nil
        }
    }

    /// What bounds its answer: as its input says, or the most that an input may say.
    func answerSize(_ kind: AIOperation.Kind) -> Int {
        switch kind {
        case .generateText: number("max_tokens", unless: AIOperation.usualTokens)
        case .summarize: number("max_words", unless: AIOperation.usualWords)
        case .personalize:
            input.literal("template", unless: "")?.string?.utf8.count ?? AIOperation.maximumTemplateBytes
        case .classify, .extractEntities: 0
        }
    }

    private func number(_ name: String, unless usual: Int) -> Int {
        let most = Int(clamping: profile.inputSchema["properties"]?[name]?["maximum"]?.integer ?? Int64(usual))
        guard let number = input.literal(name, unless: .integer(Int64(usual)))?.integer else { return most }
        return min(max(0, Int(clamping: number)), most)
    }
}

extension Definition {
    /// In document order; those of a fallback after those of its point.
    var aiCalls: [AICall] { tasks.aiCalls(in: nil, repeats: false) }
}

extension TaskList {
    fileprivate func aiCalls(in point: Enhancement?, repeats: Bool) -> [AICall] {
        let loops = loops
        return tasks.enumerated().flatMap { index, task in
            task.aiCalls(in: point, repeats: repeats || loops.contains { $0.contains(index) })
        }
    }

    /// Places between a jump back and where it leads.
    private var loops: [ClosedRange<Int>] {
        tasks.enumerated().flatMap { index, task in
            task.jumps.compactMap { self.index(of: $0) }.filter { $0 <= index }.map { $0...index }
        }
    }
}

extension TaskDefinition {
    fileprivate func aiCalls(in outer: Enhancement?, repeats: Bool) -> [AICall] {
        var calls: [AICall] = []
        let point = enhancement ?? outer
        switch kind {
        case .call(let call): calls += [AICall(call, of: self, in: point, repeats: repeats)].compactMap(\.self)
        case .do(let tasks): calls += tasks.aiCalls(in: point, repeats: repeats)
        case .fork(let branches, _): calls += branches.aiCalls(in: point, repeats: repeats)
        case .for(let loop): calls += loop.tasks.aiCalls(in: point, repeats: true)
        case .try(let block):
            calls += block.tasks.aiCalls(in: point, repeats: repeats || block.catch.retry != nil)
            calls += block.catch.tasks?.aiCalls(in: point, repeats: repeats) ?? []
        case .set, .switch, .raise, .wait: break
        }
        if let enhancement, case .tasks(let fallback) = enhancement.fallback {
            calls += fallback.aiCalls(in: outer, repeats: repeats)
        }
        return calls
    }

    /// Tasks of the same list that may follow.
    fileprivate var jumps: [String] {
        var directives = [then]
        switch kind {
        case .switch(let cases): directives += cases.map(\.then)
        case .try(let block): directives += [block.catch.then].compactMap(\.self)
        default: break
        }
        return directives.compactMap { directive -> String? in
            if case .task(let name) = directive { name } else { nil }
        }
    }
}

extension Template {
    /// A member that the definition gives; `absent` where it gives none; nil where only the run knows.
    fileprivate func literal(_ name: String, unless absent: JSONValue) -> JSONValue? {
        switch self {
        case .literal(let value): return value[name] ?? absent
        case .object(let members):
            guard let member = members.first(where: { $0.key == name }) else { return absent }
            if case .literal(let value) = member.value { return value }
            return nil
        case .expression, .array: return nil
        }
    }
}
