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
}
