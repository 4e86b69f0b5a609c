import Foundation
import Hummingbird
import Observability
import Storage

/// Lets a request pass with the operator's key, who then sees everybody's figures, or a tenant's, who sees its own.
struct OperatorOrTenant: RouterMiddleware {
    let `operator`: OperatorAuthentication
    let tenant: Authentication

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard `operator`.isKnown(request) else {
            return try await tenant.handle(request, context: context, next: next)
        }
        return try await `operator`.handle(request, context: context) { request, context in
            var context = context
            context.isOperator = true
            return try await next(request, context)
        }
    }
}

extension APIContext {
    /// Whose figures the caller may see.
    func audience(_ scope: Scope) throws -> ReportAudience {
        isOperator ? .all : .tenant(try caller(scope).tenant.id)
    }

    /// The same for stores; nil: all tenants.
    func tenant(_ scope: Scope) throws -> UUID? {
        try isOperator ? nil : caller(scope).tenant.id
    }
}
