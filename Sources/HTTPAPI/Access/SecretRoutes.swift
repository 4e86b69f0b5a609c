import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// `GET /workflows/secrets`, `PUT/DELETE /workflows/secrets/{name}`. Nothing here gives a value back.
struct SecretRoutes {
    let secrets: SecretStore

    func add(to router: some RouterMethods<APIContext>) {
        router.get("secrets", use: list)
        router.put("secrets/:name", use: put)
        router.delete("secrets/:name", use: delete)
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let secrets = try await secrets.list(tenant: try context.caller(.secretsWrite).tenant.id)
        let list = secrets.map { secret -> JSONValue in
            [
                "name": .string(secret.name), "created_at": .time(secret.createdAt),
                "updated_at": .time(secret.updatedAt),
            ]
        }
        return Response(json: ["secrets": .array(list), "next_cursor": .null])
    }

    @Sendable func put(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.secretsWrite)
        let name = try Self.name(context)
        let body = try await request.jsonObject(limit: 1 << 20)
        try body.refuseUnknown(besides: ["value"])
        guard let value = try body.member("value", "string", \.string),
            SecretStore.valueSize.contains(value.utf8.count)
        else {
            throw Problem.invalidMember(
                "value",
                "value is required, a text of \(SecretStore.valueSize.lowerBound) to \(SecretStore.valueSize.upperBound) bytes."
            )
        }
        let isNew: Bool
        do {
            isNew = try await secrets.put(name, value: value, tenant: caller.tenant.id, by: try context.actor)
        } catch let error as StorageError where error.code == .tooLarge {
            throw Problem.conflict("too_many_secrets", error.message)
        }
        return Response(status: isNew ? .created : .noContent)
    }

    @Sendable func delete(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.secretsWrite)
        let name = try Self.name(context)
        guard try await secrets.delete(name, tenant: caller.tenant.id, by: try context.actor) else {
            throw Problem.unknown("secret", "There is no secret \(name) of this tenant.")
        }
        return Response(status: .noContent)
    }

    private static func name(_ context: APIContext) throws -> String {
        let name = try context.parameters.require("name")
        guard SecretStore.isName(name) else {
            throw Problem.badRequest(
                "invalid_name",
                "A secret's name has letters, digits, _, - and ., begins with a letter or _, and has at most 128 characters."
            )
        }
        return name
    }
}
