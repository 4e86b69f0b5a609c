import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Observability
import Storage

/// Lets a request pass with a valid API key or token (`Authorization: Bearer …`) of an active tenant that has requests
/// left, and tells the routes who calls.
struct Authentication: RouterMiddleware {
    let access: AccessServices

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let credential = try Self.credential(request)
        let principal = try await principal(credential, address: context.address)
        let fields = try access.requests.fields(for: principal.tenant)
        var context = context
        context.principal = principal
        let actor = principal.actor(requestID: Correlation.current.request)
        context.auditing = Auditing(log: access.audit, actor: actor)
        context.logger[metadataKey: "tenant"] = "\(principal.tenant.id)"
        let authenticated = context
        var response = try await Correlation.with {
            $0.tenant = principal.tenant.id
        } _: {
            // What a route throws becomes an answer here, so that the fields stand on it too.
            try await ErrorTranslation().handle(request, context: authenticated) { request, context in
                do {
                    try Self.refuseInactive(principal.tenant)
                    return try await next(request, context)
                } catch let problem as Problem where problem.status == .forbidden {
                    await remember(problem, request, principal)
                    throw problem
                }
            }
        }
        for field in fields { response.headers[field.name] = field.value }
        return response
    }

    private func principal(_ credential: String, address: String) async throws -> Principal {
        let generation = access.cache.generation
        switch access.cache.find(credential) {
        case .known(let principal, let keyID):
            if let keyID { access.uses.note(keyID) }
            return principal
        case .unknown:
            // An address that guesses is not answered from the database.
            let decision = access.failures.take(address, quota: access.failureQuota, cost: 0)
            guard decision.isAllowed else { throw Problem.tooManyFailures(decision.retryAfter) }
        case .stale: break
        }
        do {
            if let tokens = access.tokens, TokenVerifier.isToken(credential) {
                let (principal, end) = try await tokens.principal(of: credential, tenants: access.tenants)
                access.cache.keep(principal, keyID: nil, expiresAt: end, for: credential, askedIn: generation)
                return principal
            }
            guard let (principal, record) = try await access.keys.find(credential) else {
                throw Problem.unauthenticated
            }
            access.uses.note(record.id)
            access.cache.keep(
                principal, keyID: record.id, expiresAt: record.expiresAt, for: credential, askedIn: generation)
            return principal
        } catch let problem as Problem where problem.status == .unauthorized {
            access.cache.remove(credential)
            _ = access.failures.take(address, quota: access.failureQuota)
            throw problem
        }
    }

    private static func credential(_ request: Request) throws -> String {
        guard let header = request.headers[.authorization] else { throw Problem.unauthenticated }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 16 << 10 else {
            throw Problem.unauthenticated
        }
        return String(parts[1])
    }

    private static func refuseInactive(_ tenant: Tenant) throws {
        switch tenant.status {
        case .active: return
        case .suspended:
            throw Problem(
                status: .forbidden, code: "tenant_suspended", title: "Tenant suspended",
                detail: "This tenant is suspended; ask the operator of the service.")
        case .erasing:
            throw Problem(
                status: .forbidden, code: "tenant_erasing", title: "Tenant is being erased",
                detail: "This tenant and all that belongs to it is being erased.")
        }
    }

    /// Some a minute of each principal: a loop that is refused does not fill the log.
    private func remember(_ problem: Problem, _ request: Request, _ principal: Principal) async {
        guard ["forbidden", "stronger_key"].contains(problem.code),
            access.refusals.take(principal.id, quota: 10).isAllowed
        else { return }
        try? await access.audit.record(
            .refused, by: principal.actor(requestID: Correlation.current.request),
            target: "\(request.method.rawValue) \(request.uri.path)", detail: ["code": .string(problem.code)])
    }

    /// Whether the request comes with a valid credential, where none is needed.
    func isKnown(_ request: Request, _ context: APIContext) async -> Bool {
        guard let credential = try? Self.credential(request) else { return false }
        return (try? await principal(credential, address: context.address)) != nil
    }
}

extension Problem {
    static let unauthenticated = Problem(
        status: .unauthorized, code: "unauthenticated", title: "Unauthenticated",
        detail: "Send a valid API key: Authorization: Bearer wfs_…",
        headers: [.wwwAuthenticate: "Bearer"]
    )

    static func tooManyFailures(_ seconds: Int) -> Problem {
        Problem(
            status: .tooManyRequests, code: "too_many_failures", title: "Too many failures",
            detail: "Too many requests from this address had no valid key. Try again in \(seconds) s.",
            headers: [.retryAfter: "\(seconds)"])
    }
}
