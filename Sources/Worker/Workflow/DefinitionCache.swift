import Activities
import JSON
import Synchronization
import Temporal
package import WorkflowDefinition
import WorkflowEngine

/// Plans of loaded definitions by digest: thousands of runs share a few definitions, and loading one costs milliseconds.
///
/// A `Mutex` because every workflow task of the process reads it; the bound is a count, since a definition is at most 1 MiB.
final class DefinitionCache: Sendable {
    static let shared = DefinitionCache(capacity: 256)

    private let capacity: Int
    private let state = Mutex(Entries())

    init(capacity: Int) { self.capacity = capacity }

    /// Puts the shared source in the place of the pin's own copy, so that a thousand runs hold it once.
    func plan(of pin: inout RunPin) throws(MachineFault) -> Plan {
        if let found = state.withLock({ $0.touch(pin.definitionDigest) }) {
            pin.definition = found.source
            return found.plan
        }
        let plan: Plan
        do {
            plan = Plan(definition: try Definition(json: pin.definition, catalog: .standard))
        } catch {
            throw MachineFault("the pinned definition does not load: \(error)")
        }
        let shared = Entries.Shared(plan: plan, source: pin.definition)
        state.withLock { $0.insert(shared, for: pin.definitionDigest, capacity: capacity) }
        return plan
    }
}

private struct Entries {
    struct Shared {
        var plan: Plan
        var source: JSONValue
    }

    private var entries: [String: (shared: Shared, used: UInt64)] = [:]
    private var clock: UInt64 = 0

    mutating func touch(_ digest: String) -> Shared? {
        clock += 1
        guard entries[digest] != nil else { return nil }
        entries[digest]?.used = clock
        return entries[digest]?.shared
    }

    mutating func insert(_ shared: Shared, for digest: String, capacity: Int) {
        clock += 1
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.used < $1.value.used })?.key {
            entries[oldest] = nil
        }
        entries[digest] = (shared, clock)
    }
}

extension FunctionCatalog {
    /// The activities of this service, as the definition loader wants them.
    package static let standard = FunctionCatalog(
        StandardCatalog.profiles.map { profile in
            Function(
                name: profile.name, versions: [profile.version], with: nil, isAI: profile.pool == .ai
            )
        }
    )
}
