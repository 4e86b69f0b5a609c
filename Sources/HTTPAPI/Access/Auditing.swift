import Foundation
import Hummingbird
import JSON
import Logging
import Observability
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
    ///
    /// A line that cannot be stored is written to the process's log: an error would tell the caller that nothing was changed.
    /// Throws for a route outside of authentication only, which is a mistake of ours.
    func audit(_ action: AuditAction, target: String, detail: JSONValue = [:]) async throws {
        guard let auditing else { throw Problem.unauthenticated }
        let (log, actor) = (auditing.log, auditing.actor)
        do {
            // In a task of its own: a caller that has gone away cancels this one, and the change is made.
            try await Task { try await log.record(action, by: actor, target: target, detail: detail) }.value
        } catch {
            logger.error(
                "A line of the audit log is lost",
                metadata: [
                    "action": "\(action.rawValue)", "actor": "\(actor.name)", "target": "\(target)",
                    "detail": "\(detail.serialized())", "error": .cause(error),
                ])
        }
    }
}
