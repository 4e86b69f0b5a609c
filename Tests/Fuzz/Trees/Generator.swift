extension Tree {
    /// The tree of a seed: the same for ever.
    package init(seed: UInt64, kind: Kind) {
        var generator = Generator(seed: seed, kind: kind)
        generator.grow()
        self = generator.tree
    }
}

/// Grows a tree of bounded depth, width and cost. Every part of it is made to complete, to fail or to wait for ever.
///
/// Whatever happens at once must come to one result in any order: of the branches of a race all but one wait for ever, of
/// parallel branches at most one fails.
struct Generator {
    /// Where a part stands.
    struct Place {
        var depth = 0
        /// 0: the workflow itself.
        var level = 0
        /// Not to be cancelled by a branch beside it: what is sent from outside will be waited for.
        var isSure = true
        /// One of the workflow's own steps, in no branch.
        var isSpine = true

        func inner(isSure: Bool = true) -> Place {
            Place(depth: depth + 1, level: level, isSure: self.isSure && isSure, isSpine: false)
        }
        /// A child's own.
        var child: Place { Place(depth: depth + 1, level: level + 1, isSure: isSure, isSpine: false) }
    }

    let seed: UInt64
    let kind: Tree.Kind
    var random: SplitMix64
    private var budget = 16
    private var children = 4
    private var names = 0
    private var signals: [String] = []
    private var updates: [Tree.Update] = []
    private var detached: [Tree.Detached] = []
    private var attributes: [String: String] = [:]
    private var memo: [String: String] = [:]
    private var actions: [Action] = []
    private var interruption: Tree.Interruption?

    init(seed: UInt64, kind: Tree.Kind) {
        self.seed = seed
        self.kind = kind
        random = SplitMix64(seed: seed)
    }

    var tree: Tree {
        Tree(
            seed: seed, kind: kind, actions: actions, signals: signals, updates: updates, interruption: interruption,
            detached: detached, attributes: attributes, memo: memo)
    }

    mutating func grow() {
        var runs: [[Action]] = []
        while runs.count < 2, random.chance(20) { runs.append(steps(Place())) }
        var last = steps(Place())
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15: last.append(failing(Place()))
        case 15..<28 where kind != .sequential:
            last.append(waiting(Place()))
            interruption = random.chance(80) ? .cancel : .terminate
            detached = []
        default: break
        }
        actions = runs.reversed().reduce(last) { next, run in run + [.continueAsNew(next)] }
    }

    private mutating func name(_ kind: String) -> String {
        names += 1
        return "\(kind)\(names)"
    }

    /// Actions that complete.
    private mutating func steps(_ place: Place) -> [Action] {
        let most = place.depth == 0 ? 5 : place.depth > 3 ? 1 : 3
        return (0..<Int.random(in: 0...most, using: &random)).map { _ in step(place) }
    }

    private mutating func branches(_ place: Place) -> [[Action]] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in steps(place) }
    }
}

// MARK: What completes

extension Generator {
    private mutating func step(_ place: Place) -> Action {
        budget -= 1
        guard budget > 0, place.depth < 4 else { return .say(name("x")) }
        let isConcurrent = kind != .sequential
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8: return .say(name("x"))
        case 8..<18: return .activity("echo", name("e"), configure: patient)
        case 18..<34: return work()
        case 34..<40: return .sleep(Double(Int.random(in: 1...40, using: &random)) / 1_000)
        case 40..<48 where isConcurrent && place.isSure && place.level == 0:
            signals.append(name("s"))
            return .signal("s\(names)")
        case 48..<52 where isConcurrent && place.isSure && place.level == 0: return update()
        case 52..<62 where isConcurrent: return .parallel(branches(place.inner()))
        case 62..<72: return race(place, winner: steps(place.inner()))
        case 72..<80:
            let inner = place.inner()
            return .attempt(random.chance(80) ? steps(inner) + [failing(inner)] : steps(inner))
        case 80..<92 where children > 0 && place.level < 2: return child(place)
        case 92..<95 where place.isSpine:
            let value = name("v")
            attributes[["TenantId", "Tier", "Template"][Int.random(in: 0...2, using: &random)]] = value
            return .attributes(attributes)
        case 95..<98 where place.isSpine:
            let field = "m\(Int.random(in: 0...2, using: &random))"
            memo[field] = name("v")
            return .memo([field: "v\(names)"])
        default: return .say(name("x"))
        }
    }

    /// Retried until it is done, also when its worker dies.
    private func patient(_ activity: inout Action.Activity) {
        activity.attempts = 0
        activity.startToClose = kind == .killable ? 3 : 20
    }

    private mutating func work() -> Action {
        let work = KitchenSink.Work(
            failures: random.chance(30) ? Int.random(in: 1...2, using: &random) : 0,
            milliseconds: Int.random(in: 0...40, using: &random), value: name("w"))
        return .activity("work", work.text, configure: patient)
    }

    /// A handler that lets the workflow go on at its end.
    private mutating func update() -> Action {
        let id = name("u")
        var handler: [Action] = [.say(name("x"))]
        if random.chance(60) { handler.append(work()) }
        handler.append(.emit(id))
        if random.chance(30) { handler.append(.sleep(0.01)) }
        if random.chance(15) { handler.append(.fail(name("f"))) }
        updates.append(.init(id: id, actions: handler))
        return .signal(id)
    }

    private mutating func race(_ place: Place, winner: [Action]) -> Action {
        var branches = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            let lost = place.inner(isSure: false)
            // A step before the wait is beside the winner's: chance decides what comes first.
            return (kind == .sequential ? [] : steps(lost)) + [waiting(lost)]
        }
        branches.insert(winner, at: Int.random(in: 0...branches.count, using: &random))
        return .race(branches)
    }

    private mutating func child(_ place: Place) -> Action {
        children -= 1
        let isConcurrent = kind != .sequential
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15 where isConcurrent && place.isSure:
            let signal = name("p")
            let actions = steps(place.child) + [.tell("parent", signal)] + steps(place.child)
            return .parallel([[.child(actions)], [.signal(signal)]])
        case 15..<30 where isConcurrent:
            let signal = name("c")
            let actions = steps(place.child) + [.signal(signal)] + steps(place.child)
            let meanwhile = steps(place.inner(isSure: false)) + [.tell("child", signal)]
            return .child(actions) { $0.meanwhile = meanwhile }
        case 30..<50 where place.isSpine: return detachedChild(place)
        case 50..<60:
            let next = steps(place.child)
            return .child(steps(place.child) + [.continueAsNew(next)])
        default: return .child(steps(place.child))
        }
    }

    private mutating func detachedChild(_ place: Place) -> Action {
        let name = name("d")
        let policy = ["terminate", "cancel", "abandon"][Int.random(in: 0...2, using: &random)]
        let actions = policy == "abandon" ? steps(place.child) : [waiting(place.child)]
        let end: Prediction =
            switch policy {
            case "abandon": Prediction(of: actions)
            case "cancel": .cancelled
            default: .terminated
            }
        detached.append(.init(name: name, end: end))
        return .child(actions) {
            $0.name = name
            $0.isDetached = true
            $0.whenParentCloses = policy
        }
    }
}

// MARK: What fails

extension Generator {
    private mutating func failing(_ place: Place) -> Action {
        budget -= 1
        guard budget > 0, place.depth < 4 else { return .fail(name("f")) }
        let isConcurrent = kind != .sequential
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15: return .fail(name("f"))
        case 15..<30:
            return .activity("refuse", configure: patient)
        case 30..<35:
            return .activity("sleep", "5") { $0.startToClose = 0.2 }
        case 35..<45 where kind != .killable:
            let work = KitchenSink.Work(failures: 9, milliseconds: 1, value: "never given")
            return .activity("work", work.text) { $0.attempts = 2 }
        case 45..<60 where isConcurrent:
            var branches = branches(place.inner(isSure: false))
            if random.chance(50) { branches[0].append(waiting(place.inner(isSure: false))) }
            let failure = steps(place.inner()) + [failing(place.inner())]
            branches.insert(failure, at: Int.random(in: 0...branches.count, using: &random))
            return .parallel(branches)
        case 60..<70:
            let winner = steps(place.inner()) + [failing(place.inner())]
            return race(place, winner: winner)
        case 70..<80: return random.chance(50) ? .tell("nobody", name("n")) : .stop("nobody")
        case 80..<100 where children > 0 && place.level < 2:
            children -= 1
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where isConcurrent:
                return .child([waiting(place.child)]) { $0.meanwhile = [.stop("child")] }
            case 1:
                return .child([waiting(place.child)]) { $0.timeout = 1 }
            default: return .child(steps(place.child) + [failing(place.child)])
            }
        default: return .fail(name("f"))
        }
    }
}

// MARK: What waits for ever

extension Generator {
    private mutating func waiting(_ place: Place) -> Action {
        budget -= 1
        let isDeep = budget <= 0 || place.depth >= 4 || kind == .sequential
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15: return .signal("never")
        case 15..<30: return .sleep(Prediction.never)
        case 30..<60:
            let cancellation = ["try", "wait", "abandon"][Int.random(in: 0...2, using: &random)]
            return .activity("slow") {
                $0.cancellation = kind == .sequential ? "try" : cancellation
                $0.heartbeat = 1
                $0.startToClose = 60
                $0.attempts = 0
            }
        case 60..<70 where !isDeep: return .parallel(branches(place.inner(isSure: false)) + [[waiting(place.inner())]])
        case 70..<100 where !isDeep && children > 0 && place.level < 2:
            children -= 1
            let cancellation = ["try", "waitRequested", "wait", "abandon"][Int.random(in: 0...3, using: &random)]
            return .child(steps(place.child) + [waiting(place.child)]) { $0.cancellation = cancellation }
        default: return .signal("never")
        }
    }
}
