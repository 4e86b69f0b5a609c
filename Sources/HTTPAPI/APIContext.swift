import Foundation
package import Hummingbird
import Storage

/// A request on its way through the API.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Set by `Authentication`; routes behind it use `caller`.
    var principal: Principal?

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    /// Who calls. Throws for a route that stands outside of `Authentication` by mistake.
    var caller: Principal {
        get throws {
            guard let principal else { throw Problem.unauthenticated }
            return principal
        }
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
