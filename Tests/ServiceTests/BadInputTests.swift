import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Testing

extension SharedService {
    /// Every mistake is answered by a problem document that says what was wrong and what would be right.
    @Suite struct BadInput {
        struct Mistake: Sendable, CustomTestStringConvertible {
            var name: String
            var method = HTTPMethod.POST
            var path = "/execute"
            var body = ""
            var type: String? = "application/json"
            var status: Int
            var code: String
            /// Parts of the answer's text.
            var says: [String] = []
            var testDescription: String { name }
        }

        private static let mistakes = [
            Mistake(
                name: "unknown template", body: #"{"template": "nope", "input": {}}"#, status: 404,
                code: "unknown_template",
                says: ["nope", "document-processing"]),
            Mistake(
                name: "unknown version", body: #"{"template": "document-processing", "version": "9.9.9"}"#, status: 404,
                code: "unknown_template", says: ["9.9.9", "1.0.0"]),
            Mistake(
                name: "wrong parameters",
                body:
                    #"{"template": "document-processing", "input": {"document": {"id": "x"}, "bogus": 1, "summary_words": "many"}}"#,
                status: 422, code: "invalid_input",
                says: ["/input/document/id", "/input/bogus", "/input/summary_words"]),
            Mistake(
                name: "a path as document",
                body: #"{"template": "document-processing", "input": {"document": {"path": "/etc/passwd"}}}"#,
                status: 422, code: "invalid_input", says: ["/input/document"]),
            Mistake(
                name: "broken JSON", body: "{\"template\":\n \"x\",,}", status: 400, code: "invalid_json",
                says: ["line 2, column 6"]),
            Mistake(name: "no object", body: "[]", status: 400, code: "invalid_body", says: ["object"]),
            Mistake(name: "empty body", status: 400, code: "invalid_json"),
            Mistake(
                name: "deep nesting", body: String(repeating: "[", count: 100_000), status: 400, code: "invalid_json"),
            Mistake(
                name: "template missing", body: "{}", status: 400, code: "missing_member",
                says: ["/template", "/workflows/templates"]),
            Mistake(
                name: "template of a wrong type", body: #"{"template": 5}"#, status: 400, code: "invalid_member",
                says: ["string"]),
            Mistake(
                name: "unknown member", body: #"{"template": "document-processing", "inptu": {}}"#, status: 400,
                code: "unknown_member",
                says: ["inptu", "input"]),
            Mistake(
                name: "a NUL in the input",
                body:
                    #"{"template": "document-processing", "input": {"document": {"content_base64": "aGk=", "filename": "a\u0000"}}}"#,
                status: 400, code: "invalid_value", says: ["u0000"]),
            Mistake(
                name: "wrong content type", body: "{}", type: "text/plain", status: 415, code: "unsupported_media_type",
                says: ["application/json"]),
            Mistake(
                name: "bad wait", path: "/execute?wait=1h", body: "{}", status: 400, code: "invalid_parameter",
                says: ["wait", "60"]),
            Mistake(
                name: "bad execution id", method: .GET, path: "/executions/xyz", status: 400, code: "invalid_id",
                says: ["UUID"]),
            Mistake(
                name: "unknown execution", method: .GET, path: "/executions/6d0f5ab6-1f0c-4d7e-8a53-111111111111",
                status: 404,
                code: "unknown_execution"),
            Mistake(
                name: "cancelling an unknown execution",
                path: "/executions/6d0f5ab6-1f0c-4d7e-8a53-111111111111/cancel", status: 404,
                code: "unknown_execution"),
            Mistake(
                name: "bad cursor", method: .GET, path: "/executions?cursor=abc", status: 400, code: "invalid_value",
                says: ["cursor"]),
            Mistake(
                name: "bad limit", method: .GET, path: "/executions?limit=0", status: 400, code: "invalid_parameter",
                says: ["200"]),
            Mistake(
                name: "bad status", method: .GET, path: "/executions?status=odd", status: 400,
                code: "invalid_parameter",
                says: ["timed_out"]),
            Mistake(
                name: "no such route", method: .GET, path: "/nowhere", status: 404, code: "no_such_route",
                says: ["/workflows/nowhere"]),
        ]

        @Test(arguments: mistakes)
        func mistakeIsExplained(mistake: Mistake) async throws {
            let answer = try await service.send(
                mistake.method, mistake.path, headers: mistake.type.map { ["Content-Type": $0] } ?? [:],
                body: mistake.body.isEmpty ? nil : .bytes(ByteBuffer(string: mistake.body)), key: try service.key
            )
            Self.expect(answer, mistake.status, mistake.code)
            let text = answer.body.serialized()
            for part in mistake.says { #expect(text.contains(part), "\(part) in \(text)") }
        }

        private static func expect(
            _ answer: Answer, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(
                answer.status == status && answer["code"]?.string == code, "\(answer)", sourceLocation: sourceLocation)
            #expect(answer["status"]?.integer == Int64(status), sourceLocation: sourceLocation)
            #expect(answer["detail"]?.string?.isEmpty == false, sourceLocation: sourceLocation)
            #expect(
                answer.headers.first(name: "Content-Type") == "application/problem+json", sourceLocation: sourceLocation
            )
        }

        @Test(arguments: [nil, "wfs_short", "wfs_W0VFL67iInWm6j9tRid2ysUSy0O7WJruhB6fhK9s7kX", ""])
        func wrongOrNoKeyIsRefused(key: String?) async throws {
            for path in ["/executions", "/templates", "/executions/6d0f5ab6-1f0c-4d7e-8a53-111111111111"] {
                let answer = try await service.send(.GET, path, key: key)
                Self.expect(answer, 401, "unauthenticated")
                #expect(answer.headers.first(name: "WWW-Authenticate") == "Bearer")
            }
        }

        /// With their length announced, and without.
        @Test(arguments: [true, false])
        func bodiesTooLargeAreRefused(announced: Bool) async throws {
            let service = try service
            for (path, type, size, code) in [
                ("/execute", "application/json", 50_000_000, "body_too_large"),
                ("/documents", "text/plain", 101_000_000, "document_too_large"),
            ] {
                let bytes = ByteBuffer(repeating: UInt8(ascii: " "), count: size)
                let body: HTTPClientRequest.Body =
                    announced ? .bytes(bytes) : .bytes(bytes.readableBytesView, length: .unknown)
                let answer = try await service.send(
                    .POST, path, headers: ["Content-Type": type], body: body, key: service.key)
                Self.expect(answer, 413, code)
            }
        }

        @Test func archiveNamedPDFFailsWithAClearError() async throws {
            let service = try service
            // The shortest ZIP: an end of central directory.
            let zip = Data([0x50, 0x4B, 0x05, 0x06] + [UInt8](repeating: 0, count: 18))
            let answer = try await service.execute(
                document: try await service.upload(zip, "application/pdf", filename: "contract.pdf"), wait: 60)
            #expect(answer.executionStatus == "failed", "\(answer)")
            #expect(answer["error_message"]?.string?.contains("ZIP") == true, "\(answer)")
            let step = try #require(answer["steps"]?.array?.last)
            #expect(step["name"] == "extract" && step["status"] == "failed")
            #expect(step["error"]?["type"]?.string?.hasSuffix("/validation") == true)
            #expect(step["error"]?["instance"] == "/do/0/extract")
        }

        @Test func anotherTenantsExecutionsAndDocumentsDoNotExist() async throws {
            let service = try service
            let stranger = try SharedService.current.basic.key
            let document = try await service.upload(Data("A secret.".utf8), "text/plain")
            let mine = try await service.execute(document: document, wait: 60)
            #expect(mine.executionStatus == "completed", "\(mine)")

            Self.expect(try await service.get("/executions/\(mine.id)", key: stranger), 404, "unknown_execution")
            Self.expect(
                try await service.post("/executions/\(mine.id)/cancel", "", key: stranger), 404, "unknown_execution")
            let list = try await service.get("/executions?limit=200", key: stranger)
            #expect(list["executions"]?.array?.contains { $0["id"]?.string == mine.id } == false)
            for id in [document, mine.result?["processed_document"]?["id"]?.string ?? ""] {
                Self.expect(
                    try await service.get("/documents/\(id)", key: stranger), 404, "unknown_document")
                let theft = try await service.execute(document: id, wait: 60, key: stranger)
                #expect(theft.executionStatus == "failed", "\(theft)")
                #expect(theft["error_message"]?.string?.contains("there is no document") == true, "\(theft)")
            }
        }

        @Test func closedExecutionCannotBeCancelled() async throws {
            let service = try service
            let closed = try await service.execute(text: "Over.", wait: 60)
            Self.expect(try await service.post("/executions/\(closed.id)/cancel", ""), 409, "not_running")
        }
    }
}
