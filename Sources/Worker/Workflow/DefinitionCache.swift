import Activities
import JSON
import Synchronization
import Temporal
package import WorkflowDefinition

/// Loaded definitions by digest: thousands of runs share a few definitions, and loading one costs milliseconds.
///
/// A `Mutex` because every workflow task of the process reads it; the bound is a count, since a definition is at most 1 MiB.
final class DefinitionCache: Sendable {
    static let shared = DefinitionCache(capacity: 256)

    private let capacity: Int
    private let state = Mutex(Entries())

    init(capacity: Int) { self.capacity = capacity }

    func definition(of pin: RunPin) throws(MachineFault) -> Definition {
        if let found = state.withLock({ $0.touch(pin.definitionDigest) }) { return found }
        let loaded: Definition
        do {
            loaded = try Definition(json: pin.definition, catalog: .standard)
        } catch {
            throw MachineFault("the pinned definition does not load: \(error)")
        }
        state.withLock { $0.insert(loaded, for: pin.definitionDigest, capacity: capacity) }
        return loaded
    }
}

private struct Entries {
    private var entries: [String: (definition: Definition, used: UInt64)] = [:]
    private var clock: UInt64 = 0

    mutating func touch(_ digest: String) -> Definition? {
        clock += 1
        guard entries[digest] != nil else { return nil }
        entries[digest]?.used = clock
        return entries[digest]?.definition
    }

    mutating func insert(_ definition: Definition, for digest: String, capacity: Int) {
        clock += 1
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.used < $1.value.used })?.key {
            entries[oldest] = nil
        }
        entries[digest] = (definition, clock)
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
