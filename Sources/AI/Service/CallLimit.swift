import Foundation
package import Storage

/// A bound that an operator sets on calls: so many, or so many tokens, a minute, or so many at once; of a provider, of a
/// model, or of each tenant. All processes count together.
package struct CallLimit: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        case provider(String)
        case model(AIModel)
        case tenant
    }

    package var subject: Subject
    package var kind: CounterLimit.Kind
    package var cap: Int64

    package init(subject: Subject, kind: CounterLimit.Kind, cap: Int64) {
        self.subject = subject
        self.kind = kind
        self.cap = cap
    }

    /// `openai/requests=500`, `openai/gpt-6-luna/tokens=200000`, `tenant/at_once=20`; nil for anything else.
    package init?(_ text: String) {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, let cap = Int64(sides[1]), cap > 0, cap <= 1_000_000_000_000 else { return nil }
        let parts = sides[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, !parts.contains(""), let kind = parts.last.flatMap(CounterLimit.Kind.init) else {
            return nil
        }
        let subject: Subject =
            switch parts.count {
            case 2 where parts[0] == "tenant": .tenant
            case 2: .provider(parts[0])
            // Names of models hold slashes, too.
            default: .model(AIModel(provider: parts[0], name: parts[1..<parts.count - 1].joined(separator: "/")))
            }
        self.init(subject: subject, kind: kind, cap: cap)
    }
}

extension AIConfiguration {
    /// What a call counts against. What is set for the tenant stands in the place of what is set for all.
    func counters(of model: AIModel, for caller: AICaller, tokens: Int64) -> [CounterLimit] {
        var counters: [CounterLimit] = []
        func add(_ name: String, _ kind: CounterLimit.Kind, _ cap: Int64) {
            counters.append(
                CounterLimit(
                    name: "\(name)/\(kind.rawValue)", kind: kind, amount: kind == .tokensPerMinute ? tokens : 1,
                    cap: cap))
        }
        for limit in limits {
            switch limit.subject {
            case .provider(model.provider): add("rate/\(model.provider)", limit.kind, limit.cap)
            case .model(model): add("rate/\(model.provider)/\(model.name)", limit.kind, limit.cap)
            case .tenant where caller.limits[limit.kind] == nil:
                add("\(caller.tenant.text)/rate", limit.kind, limit.cap)
            default: break
            }
        }
        for (kind, cap) in caller.limits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add("\(caller.tenant.text)/rate", kind, cap)
        }
        return counters
    }
}
