import Activities
import JSON
import Storage
import Synchronization
import Temporal
package import WorkflowDefinition
import WorkflowEngine

/// Plans of loaded definitions by digest: thousands of runs share a few definitions, and loading one costs milliseconds.
///
/// A `Mutex` because every workflow task of the process reads it; the bound is a count, since a definition is at most 1 MiB.
final class DefinitionCache: Sendable {
    static let shared = DefinitionCache(capacity: 256)

    private struct Shared {
        var plan: Plan
        var source: JSONValue
    }

    private let capacity: Int
    private let state = Mutex(LeastRecentlyUsed<String, Shared>())

    init(capacity: Int) { self.capacity = capacity }

    /// Puts the shared source in the place of the pin's own copy, so that a thousand runs hold it once.
    func plan(of pin: inout RunPin) throws(MachineFault) -> Plan {
        let digest = pin.definitionDigest
        let found = state.withLock { state in
            state.use(digest)
            return state.peek(digest)
        }
        if let found {
            pin.definition = found.source
            return found.plan
        }
        let plan: Plan
        do {
            plan = Plan(definition: try Definition(json: pin.definition, catalog: .standard))
        } catch {
            throw MachineFault("the pinned definition does not load: \(error)")
        }
        let shared = Shared(plan: plan, source: pin.definition)
        state.withLock { state in
            state.insert(shared, for: digest)
            if state.count > capacity { _ = state.removeOldest() }
        }
        return plan
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
