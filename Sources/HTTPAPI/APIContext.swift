import Foundation
package import Hummingbird
import NIOCore
import Storage

/// A request on its way through the API.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Set by `Authentication`; routes behind it use `caller(_:)`.
    var principal: Principal?
    /// The operator's key was given, where either may be.
    var isOperator = false
    /// Set by `Authentication` and `OperatorAuthentication`.
    var auditing: Auditing?
    /// Where the request comes from, without the port: a proxy's address behind one.
    let address: String

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }

    /// Who calls, if they may do what the route is about: the only way to a tenant names a scope.
    ///
    /// Throws 403 for a caller without it, 401 for a route that stands outside of `Authentication` by mistake.
    func caller(_ scope: Scope) throws -> Principal {
        guard let principal else { throw Problem.unauthenticated }
        guard principal.scopes.contains(scope) else { throw Problem.forbidden(scope) }
        return principal
    }

    /// A path parameter that is an id.
    func uuid(_ name: String) throws -> UUID {
        let text = try parameters.require(name)
        guard let id = UUID(uuidString: text) else {
            throw Problem.badRequest("invalid_id", "\(text.prefix(64).debugDescription) is no id; ids are UUIDs.")
        }
        return id
    }
}

extension Problem {
    static func forbidden(_ scope: Scope) -> Problem {
        Problem(
            status: .forbidden, code: "forbidden", title: "Forbidden",
            detail: "This key may not do that: it lacks the scope \(scope.rawValue)."
        )
    }
}
