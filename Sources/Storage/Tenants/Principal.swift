package import Foundation

/// Who called: the tenant, and the principal that `created_by` and `triggered_by` record.
package struct Principal: Sendable, Hashable {
    package let tenant: Tenant
    package let id: UUID
    package let scopes: Set<Scope>
    /// For people, in the audit log: `key wfs_AbCdEf`.
    package let name: String

    package init(tenant: Tenant, id: UUID, scopes: Set<Scope>, name: String) {
        self.tenant = tenant
        self.id = id
        self.scopes = scopes
        self.name = name
    }

    package func actor(requestID: String?) -> AuditActor {
        AuditActor(tenantID: tenant.id, principalID: id, name: name, requestID: requestID)
    }
}
