import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Storage

/// The operator's: `DELETE /workflows/tenants/{id}`, `GET /workflows/tenants/{id}/export` and `/audit`; one's own:
/// `GET /workflows/tenant/export`.
struct TenantDataRoutes {
    let tenants: TenantStore
    let erasure: TenantErasure
    let export: TenantExport
    let audit: AuditLog

    func addOperatorRoutes(to router: some RouterMethods<APIContext>) {
        router.delete("tenants/:id", use: erase)
        router.get("tenants/:id/export", use: exportAny)
        router.get("tenants/:id/audit", use: listAudit)
    }

    func addRoutes(to router: some RouterMethods<APIContext>) {
        router.get("tenant/export", use: exportOwn)
    }

    /// From its answer on the erasure is promised; a repeat asks how it stands.
    @Sendable func erase(_ request: Request, context: APIContext) async throws -> Response {
        let id = try context.uuid("id")
        guard let tenant = try await erasure.begin(id, by: try context.actor) else { throw TenantRoutes.unknown(id) }
        return Response(json: tenant.json, status: .accepted)
    }

    @Sendable func exportAny(_ request: Request, context: APIContext) async throws -> Response {
        let actor = try context.actor
        let id = try context.uuid("id")
        guard let tenant = try await tenants.get(id) else { throw TenantRoutes.unknown(id) }
        return try await response(tenant, by: actor)
    }

    @Sendable func exportOwn(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.tenantAdmin)
        return try await response(caller.tenant, by: try context.actor)
    }

    private func response(_ tenant: Tenant, by actor: AuditActor) async throws -> Response {
        try await audit.record(.tenantExported, by: actor, tenant: tenant.id, target: "tenant/\(tenant.id)")
        let body = ResponseBody { writer in
            try await export.run(tenant: tenant) { try await writer.write(ByteBuffer(bytes: $0)) }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/jsonl",
                .contentDisposition: #"attachment; filename="tenant-\#(tenant.id.text).jsonl""#,
            ], body: body)
    }

    @Sendable func listAudit(_ request: Request, context: APIContext) async throws -> Response {
        _ = try context.actor
        let limit = try request.pageLimit()
        let page = try await audit.list(
            forOperatorOf: try context.uuid("id"), after: request.uri.queryParameters["cursor"].map(String.init),
            limit: limit)
        return Response(json: page.json)
    }
}

extension AuditLog.Page {
    var json: JSONValue {
        ["entries": .array(entries.map(\.json)), "next_cursor": next.map { .string($0) } ?? .null]
    }
}
