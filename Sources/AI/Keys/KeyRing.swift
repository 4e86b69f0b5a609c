package import Foundation
package import Logging
import Observability
import Synchronization

/// The keys to providers: the operator's, from configuration and from files that may change at any time, and tenants' own.
/// A key that a provider refuses is set aside for a while. Keys are never logged: the redactor knows them all.
package final class KeyRing: Sendable {
    /// Where an operator's keys come from.
    package enum Source: Sendable {
        case keys([ProviderKey])
        /// Lines as `ProviderKey.keys` reads them.
        case file(String)
    }

    /// A tenant's secret by its name; nil where it has none.
    package typealias TenantSecrets = @Sendable (_ tenant: UUID, _ name: String) async throws -> String?

    /// How long a refused key is left alone.
    package static let pause = Duration.seconds(600)
    /// How long a tenant's keys are kept in memory.
    static let tenantKeysAge = Duration.seconds(30)
    private static let maximumTenants = 1_000

    private struct State {
        /// By provider; one that is missing needs none.
        var keys: [String: [ProviderKey]] = [:]
        var tenants: [Holder: (keys: [ProviderKey], at: ContinuousClock.Instant)] = [:]
        var pauses: [Held: Pause] = [:]
    }

    /// Whose keys, to what.
    private struct Holder: Hashable {
        var provider: String
        /// nil: the operator's.
        var tenant: UUID?
    }

    /// By its secret as well: a new key of the same name is another.
    private struct Held: Hashable {
        var holder: Holder
        var key: ProviderKey
    }

    private struct Pause {
        var reason: AIError.Code
        var end: ContinuousClock.Instant
    }

    private let sources: [String: [Source]]
    private let files: [WatchedFile]
    private let secrets: TenantSecrets?
    private let state: Mutex<State>

    /// With keys that do not change. A provider without an entry needs none; one with an empty list needs a tenant's own.
    package init(_ keys: [String: [ProviderKey]] = [:], secrets: TenantSecrets? = nil) {
        sources = keys.mapValues { [.keys($0)] }
        files = []
        self.secrets = secrets
        for key in keys.values.joined() { Redactor.shared.add(key.secret) }
        state = Mutex(State(keys: keys))
    }

    /// With keys from files as well; `watch` follows their changes.
    package init(sources: [String: [Source]], secrets: TenantSecrets? = nil) throws(ProviderKeyError) {
        self.sources = sources
        self.secrets = secrets
        var files: [WatchedFile] = []
        for case .file(let path) in sources.values.joined() {
            files.append(WatchedFile(path: path, maximumBytes: 1 << 20))
        }
        self.files = files
        state = Mutex(State(keys: try Self.load(sources, files)))
    }

    /// A key for a call, by weight and chance among those that can be used; nil where the provider needs none. A tenant's own
    /// keys come in the operator's place.
    ///
    /// - Throws: when none can be used, why the one that will be first again is set aside (`auth` where there is none at all);
    ///   `unavailable` when the tenant's cannot be read.
    package func pick(
        for provider: String, tenant: UUID?, excluding names: Set<String> = []
    ) async throws(AIError) -> ProviderKey? {
        let own = try await tenantKeys(provider, tenant)
        let holder = Holder(provider: provider, tenant: own.isEmpty ? nil : tenant)
        let now = ContinuousClock.now
        let (isNeeded, usable, next) = state.withLock { state -> (Bool, [ProviderKey], Pause?) in
            guard let keys = own.isEmpty ? state.keys[provider] : own else { return (false, [], nil) }
            let left = keys.filter { !names.contains($0.name) }
            let pauses = left.map { key in
                state.pauses[Held(holder: holder, key: key)].flatMap { $0.end > now ? $0 : nil }
            }
            let usable = zip(left, pauses).filter { $0.1 == nil }.map(\.0)
            return (true, usable, pauses.compactMap(\.self).min { $0.end < $1.end })
        }
        guard isNeeded else { return nil }
        guard let key = Self.choose(among: usable) else {
            throw AIError(
                next?.reason ?? .auth, "no key to the AI provider \(provider) can be used",
                retryAfter: next.map { now.duration(to: $0.end) })
        }
        return key
    }

    private static func choose(among keys: [ProviderKey]) -> ProviderKey? {
        let sum = keys.reduce(0) { $0 + $1.weight }
        guard sum > 0 else { return keys.randomElement() }
        var place = Int.random(in: 0..<sum)
        for key in keys {
            place -= key.weight
            if place < 0 { return key }
        }
        return keys.last
    }

    /// A key that the provider refused, or whose allowance is spent, is left alone: ten minutes, or as long as said.
    package func setAside(
        _ key: ProviderKey, of provider: String, tenant: UUID?, reason: AIError.Code,
        until end: ContinuousClock.Instant? = nil
    ) {
        let now = ContinuousClock.now
        state.withLock { state in
            let own = Holder(provider: provider, tenant: tenant)
            let isTenants = tenant != nil && state.tenants[own]?.keys.contains(key) == true
            let held = Held(holder: isTenants ? own : Holder(provider: provider, tenant: nil), key: key)
            state.pauses = state.pauses.filter { $0.value.end > now }
            state.pauses[held] = Pause(reason: reason, end: end ?? now + Self.pause)
        }
    }

    /// Reads the files again and forgets tenants' keys and pauses: whoever asks for it may have put right what was wrong.
    package func reload() throws(ProviderKeyError) {
        let keys = try Self.load(sources, files)
        state.withLock { $0 = State(keys: keys) }
    }

    /// Follows the files until the task is cancelled.
    package func watch(logger: Logger) async {
        await withTaskGroup(of: Void.self) { group in
            for file in files {
                group.addTask {
                    await file.changes {
                        do {
                            try self.reload()
                            logger.notice("Read the changed keys to AI providers", metadata: ["file": "\(file.path)"])
                        } catch {
                            logger.error(
                                "The changed keys to AI providers cannot be used",
                                metadata: ["file": "\(file.path)", "reason": "\(error)"])
                        }
                    }
                }
            }
        }
    }

    private static func load(
        _ sources: [String: [Source]], _ files: [WatchedFile]
    ) throws(ProviderKeyError) -> [String: [ProviderKey]] {
        var keys: [String: [ProviderKey]] = [:]
        for (provider, sources) in sources {
            var all: [ProviderKey] = []
            for source in sources {
                switch source {
                case .keys(let given): all += given
                case .file(let path):
                    guard let bytes = try? files.first(where: { $0.path == path })?.read() else {
                        throw ProviderKeyError(description: "the keys in \(path) cannot be read")
                    }
                    do {
                        all += try ProviderKey.keys(String(decoding: bytes, as: UTF8.self), of: provider)
                    } catch {
                        throw ProviderKeyError(description: "\(path): \(error)")
                    }
                }
            }
            for key in all { Redactor.shared.add(key.secret) }
            keys[provider] = all
        }
        return keys
    }

    /// From the tenant's secret `ai_PROVIDER_api_key`.
    private func tenantKeys(_ provider: String, _ tenant: UUID?) async throws(AIError) -> [ProviderKey] {
        guard let tenant, let secrets else { return [] }
        let holder = Holder(provider: provider, tenant: tenant)
        let now = ContinuousClock.now
        if let known = state.withLock({ $0.tenants[holder] }), now < known.at + Self.tenantKeysAge { return known.keys }
        let keys: [ProviderKey]
        do {
            keys = try await secrets(tenant, "ai_\(provider)_api_key").map { try ProviderKey.keys($0) } ?? []
        } catch is ProviderKeyError {
            throw AIError(.auth, "the tenant's secret ai_\(provider)_api_key holds no key that can be sent")
        } catch {
            throw AIError(.unavailable, "the tenant's keys cannot be read")
        }
        for key in keys { Redactor.shared.add(key.secret) }
        state.withLock { state in
            if state.tenants.count >= Self.maximumTenants { state.tenants.removeAll() }
            state.tenants[holder] = (keys, now)
        }
        return keys
    }
}

extension KeyRing {
    /// How a key fares; its secret is nowhere in it.
    package struct Health: Sendable, Hashable {
        package var provider: String
        package var name: String
        /// nil: the operator's.
        package var tenant: UUID?
        /// Why it is set aside; nil: it can be used.
        package var reason: AIError.Code?
        /// For how long still.
        package var pausedFor: Duration?
    }

    /// All of the operator's keys, and those of tenants that are set aside.
    package func health() -> [Health] {
        let now = ContinuousClock.now
        return state.withLock { state in
            let pauses = state.pauses.filter { $0.value.end > now }
            let operators = state.keys.flatMap { provider, keys in
                keys.map { key in
                    let pause = pauses[Held(holder: Holder(provider: provider, tenant: nil), key: key)]
                    return Health(
                        provider: provider, name: key.name, reason: pause?.reason,
                        pausedFor: pause.map { now.duration(to: $0.end) })
                }
            }
            let tenants = pauses.filter { $0.key.holder.tenant != nil }.map { held, pause in
                Health(
                    provider: held.holder.provider, name: held.key.name, tenant: held.holder.tenant,
                    reason: pause.reason, pausedFor: now.duration(to: pause.end))
            }
            return (operators + tenants).sorted {
                ($0.provider, $0.tenant?.uuidString ?? "", $0.name) < (
                    $1.provider, $1.tenant?.uuidString ?? "", $1.name
                )
            }
        }
    }
}
