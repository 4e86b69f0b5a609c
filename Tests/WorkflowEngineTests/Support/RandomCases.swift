import JSON

/// Runs that nobody thought of: random definitions in a random world, each by its seed.
struct RandomCase {
    private var random: UInt64
    private var names = 0
    private var answers: [String: [Answer]] = [:]

    static func make(seed: UInt64) -> Case {
        var generator = RandomCase(random: seed &* 0x9E37_79B9_7F4A_7C15)
        let tasks = generator.list(depth: 0)
        var yaml = "do: \(tasks)"
        if generator.chance(10) { yaml += "\ntimeout: { after: { milliseconds: \(generator.pick(200) + 1) } }" }
        return Case(
            "seed \(seed)", yaml, input: ["n": 0], .any, answers: generator.answers, aiEnhanced: generator.chance(60),
            tier: generator.chance(70) ? "premium" : "basic", isTimeSensitive: true)
    }

    private init(random: UInt64) { self.random = random }

    private mutating func pick(_ bound: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random % UInt64(bound))
    }

    private mutating func chance(_ percent: Int) -> Bool { pick(100) < percent }

    private mutating func name() -> String {
        names += 1
        return "t\(names)"
    }

    private mutating func list(depth: Int) -> String {
        let count = 1 + pick(depth == 0 ? 4 : 3)
        let listed = (0..<count).map { _ in name() }
        var tasks: [String] = []
        for (index, name) in listed.enumerated() {
            // Only forwards, so that every run ends.
            var then: String?
            switch pick(12) {
            case 0: then = "exit"
            case 1: then = "end"
            case 2 where index + 1 < count: then = listed[index + 1 + pick(count - index - 1)]
            default: break
            }
            tasks.append("{ \(name): \(task(name, then: then, later: Array(listed[(index + 1)...]), depth: depth)) }")
        }
        return "[ \(tasks.joined(separator: ", ")) ]"
    }

    private mutating func task(_ name: String, then: String?, later: [String], depth: Int) -> String {
        var members: [String] = []
        if chance(10) { members.append("if: '.n % 2 == 0'") }
        if chance(10) { members.append("input: { from: '{ n: (.n // 0) }' }") }
        if chance(10) { members.append("output: { as: '{ n: ((.n? // 0) + 1), deep: ($task.name) }' }") }
        if chance(10) { members.append("export: { as: '{ seen: $task.name, before: ($context.seen? // null) }' }") }
        if chance(10) { members.append("timeout: { after: { milliseconds: \(pick(60)) } }") }
        if let then { members.append("then: \(then)") }
        if chance(20) {
            let fallback =
                switch pick(4) {
                case 0: "{ fault: true }"
                case 1: "{ do: \(list(depth: depth + 2)) }"
                default: "{ value: { n: 100 } }"
                }
            members.append(
                "metadata: { enhancement: { id: \(name), tiers: [premium], fallback: \(fallback) } }")
        }
        members.append(body(name, later: later, depth: depth))
        return "{ \(members.joined(separator: ", ")) }"
    }

    private mutating func body(_ name: String, later: [String], depth: Int) -> String {
        switch pick(depth < 4 ? 12 : 5) {
        case 0: return "set: { n: '${ (.n? // 0) + 1 }' }"
        case 1, 2:
            answers[name] = (0...pick(3)).map { _ in answer() }
            return "call: work, with: { n: '${ .n? }', by: \(name) }"
        case 3: return "wait: { milliseconds: \(pick(40)) }"
        case 4:
            return chance(40)
                ? "raise: { error: { type: 'https://e.com/\(name)', status: \(400 + pick(5)), title: T } }"
                : "set: { n: '${ $context.seen? }' }"
        case 5, 6: return "do: \(list(depth: depth + 1))"
        case 7:
            let branches = (0...pick(3)).map { _ in
                let name = self.name()
                return "{ \(name): \(task(name, then: chance(10) ? "end" : nil, later: [], depth: depth + 1)) }"
            }
            return "fork: { compete: \(chance(40)), branches: [ \(branches.joined(separator: ", ")) ] }"
        case 8:
            let condition = chance(30) ? ", while: '$item < \(pick(4))'" : ""
            return "for: { in: '[1, 2, 3]' }\(condition), do: \(list(depth: depth + 1))"
        case 9, 10:
            var clause: [String] = []
            if chance(30) { clause.append("errors: { with: { status: \(chance(50) ? 503 : 400) } }") }
            if chance(20) { clause.append("exceptWhen: '$error.status == 404'") }
            if chance(50) {
                clause.append(
                    "retry: { delay: { milliseconds: \(pick(20)) }, backoff: { exponential: {} }, jitter: { from: { milliseconds: 0 }, "
                        + "to: { milliseconds: 9 } }, limit: { attempt: { count: \(pick(3)), duration: { milliseconds: \(10 + pick(60)) } } } }"
                )
            }
            if chance(60) { clause.append("do: \(list(depth: depth + 1))") }
            if chance(20), let target = later.last { clause.append("then: \(target)") }
            return "try: \(list(depth: depth + 1)), catch: { \(clause.joined(separator: ", ")) }"
        default:
            let target = later.isEmpty ? "exit" : later[pick(later.count)]
            return "switch: [ { a: { when: '.n? == 1', then: \(target) } }, { b: { when: '.n? == 100', then: exit } } ]"
        }
    }

    private mutating func answer() -> Answer {
        let after = Int64(pick(50))
        return switch pick(10) {
        case 0: .fails("communication", 503, after: after)
        case 1: .fails("timeout", 408, after: after)
        case 2: .fails("budget_exceeded", 402, after: after)
        case 3: .isCancelled(after: after)
        case 4: .never
        default: .echoes(after: after)
        }
    }
}
