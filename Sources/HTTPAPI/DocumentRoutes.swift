import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import NIOFoundationCompat
import Storage

/// `POST /workflows/documents`: the body is the file; `Content-Type` and `X-Filename` describe it.
/// `GET/DELETE /workflows/documents/{id}`: the file.
struct DocumentRoutes {
    let documents: DocumentStore

    func add(to router: some RouterMethods<APIContext>) {
        router.post("documents", use: upload)
        router.get("documents/:id", use: download)
        router.delete("documents/:id", use: delete)
    }

    @Sendable func upload(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.documentsWrite).tenant
        let limit = tenant.limits.documentBytes
        if let length = request.headers[.contentLength].flatMap({ Int64($0) }), length > limit {
            throw Self.tooLarge(limit)
        }
        let type = request.headers[.contentType] ?? "application/octet-stream"
        guard type.utf8.count <= 200 else {
            throw Problem.badRequest("invalid_header", "Content-Type may have at most 200 characters.")
        }
        let document: Document
        do {
            document = try await documents.put(
                request.body.map { Data(buffer: $0) }, tenant: tenant.id, mediaType: type,
                filename: try Self.filename(request), limit: limit
            )
        } catch let error as StorageError where error.code == .tooLarge {
            throw Self.tooLarge(limit)
        } catch let error as StorageError where error.code == .conflict {
            throw Problem(
                status: .forbidden, code: "tenant_erasing", title: "Tenant is being erased", detail: error.message)
        }
        var response = Response(json: Self.json(document), status: .created)
        response.headers[.location] = "/workflows/documents/\(document.id.text)"
        return response
    }

    @Sendable func download(_ request: Request, context: APIContext) async throws -> Response {
        let id = try context.uuid("id")
        guard let (document, file) = try await documents.open(id, tenant: try context.caller(.documentsRead).tenant.id)
        else { throw Self.unknown(id) }
        let body = try await FileIO().loadFile(path: file.path, context: context)
        // The type is what the uploader said: no browser should act on it.
        var headers: HTTPFields = [
            .contentType: document.mediaType, .contentDisposition: "attachment", .xContentTypeOptions: "nosniff",
        ]
        headers[.contentLength] = "\(document.size)"
        return Response(status: .ok, headers: headers, body: body)
    }

    /// Executions that still need it fail: only their inputs, in whatever form, tell which document they name.
    @Sendable func delete(_ request: Request, context: APIContext) async throws -> Response {
        let id = try context.uuid("id")
        guard try await documents.delete(id, tenant: try context.caller(.documentsWrite).tenant.id) else {
            throw Self.unknown(id)
        }
        return Response(status: .noContent)
    }

    private static func unknown(_ id: UUID) -> Problem {
        .unknown("document", "There is no document \(id.text) of this tenant.")
    }

    /// The last component: a path says nothing here.
    private static func filename(_ request: Request) throws -> String? {
        guard let name = HTTPField.Name("X-Filename"), let text = request.headers[name]?.removingPercentEncoding else {
            return nil
        }
        let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        guard (1...255).contains(last.utf8.count) else {
            throw Problem.badRequest(
                "invalid_header", "X-Filename must be a name of 1 to 255 bytes, percent-encoded where needed.")
        }
        return last
    }

    private static func tooLarge(_ limit: Int64) -> Problem {
        Problem(
            status: .contentTooLarge, code: "document_too_large", title: "Document too large",
            detail: "A document of this tenant may have at most \(limit) bytes."
        )
    }

    private static func json(_ document: Document) -> JSONValue {
        [
            "id": .string(document.id.text), "digest": .string(document.digest.rawValue),
            "size": .integer(document.size), "media_type": .string(document.mediaType),
            "filename": document.filename.map { .string($0) } ?? .null,
        ]
    }
}
