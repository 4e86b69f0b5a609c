/// One part of the service as health shows it.
package struct HealthCheck: Sendable {
    /// As https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check names them.
    package enum ComponentType: String, Sendable { case component, datastore, system }

    package var name: String
    package var type: ComponentType
    /// Without it the service takes no requests; otherwise its failure is a warning.
    package var isRequired: Bool
    /// Returns what is fine about it, or throws what is not. It is given three seconds.
    package var check: @Sendable () async throws -> String

    package init(
        _ name: String, _ type: ComponentType, isRequired: Bool = true,
        _ check: @escaping @Sendable () async throws -> String
    ) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.check = check
    }
}

package enum HealthStatus: String, Sendable, Comparable {
    case pass, warn, fail

    package static func < (left: HealthStatus, right: HealthStatus) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .pass: 0
        case .warn: 1
        case .fail: 2
        }
    }
}
