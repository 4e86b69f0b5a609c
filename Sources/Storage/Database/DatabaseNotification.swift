/// What a notification is about.
package enum NotificationChannel: String, Sendable, CaseIterable {
    case definitions
    /// API keys and tenants.
    case keys
    /// The payload is the execution's id.
    case executions
    case webhooks
    /// Cached answers of AI; the payload is the tenant's id.
    case answers
    /// What operators set for all processes.
    case settings
}

/// A wake-up, never data: who gets one reads the rows again. It may come twice, and for nothing.
package enum DatabaseNotification: Sendable, Hashable {
    case changed(NotificationChannel, payload: String)
    /// Anything may have changed: the connection was lost meanwhile, or the database cannot tell more.
    case all

    /// The longest payload, in bytes of UTF-8.
    package static let payloadLimit = 1000

    /// Whether whoever reads this channel's rows must look again.
    package func concerns(_ channel: NotificationChannel) -> Bool {
        switch self {
        case .changed(let changed, _): changed == channel
        case .all: true
        }
    }
}
