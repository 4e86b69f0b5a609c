import Foundation
import Hummingbird
import JSON
import Storage

/// The audit log, with who is acting in this request.
struct Auditing: Sendable {
    let log: AuditLog
    let actor: AuditActor
}

extension APIContext {
    /// Who acts, for stores that write the audit log in the transaction of their change.
    var actor: AuditActor {
        get throws {
            guard let auditing else { throw Problem.unauthenticated }
            return auditing.actor
        }
    }

    /// Remembers a change that has been made: `try await context.audit(.webhookCreated, target: "webhook/\(id)")`.
    func audit(_ action: AuditAction, target: String?, detail: JSONValue = [:]) async throws {
        guard let auditing else { throw Problem.unauthenticated }
        try await auditing.log.record(action, by: auditing.actor, target: target, detail: detail)
    }
}
