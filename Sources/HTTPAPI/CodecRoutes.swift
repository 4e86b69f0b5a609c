import Executions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import NIOFoundationCompat

/// `POST /codec/encode` and `/codec/decode`, as Temporal's UI and command line call a codec server; `GET /codec` answers a
/// browser, which asks for the operator's key then.
struct CodecRoutes {
    let codec: CodecService

    /// A page of a history in one request, with the base64 of its payloads.
    private static let bodyLimit = 16 << 20

    func add(to router: some RouterMethods<APIContext>) {
        router.get("", use: greet)
        router.post("encode") { request, _ in
            try await answer(request) { body, namespace in try await codec.encode(body, namespace: namespace) }
        }
        router.post("decode") { request, _ in
            try await answer(request) { body, namespace in try await codec.decode(body, namespace: namespace) }
        }
    }

    @Sendable func greet(_ request: Request, context: APIContext) -> Response {
        Response(json: [
            "status": "ok", "detail": "This browser may read payloads; Temporal's UI can use this address.",
        ])
    }

    private func answer(
        _ request: Request, _ transform: (Data, String?) async throws -> Data
    ) async throws -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.bodyLimit)
        } catch is NIOTooManyBytesError {
            throw Problem(
                status: .contentTooLarge, code: "body_too_large", title: "Body too large",
                detail: "The body may have at most \(Self.bodyLimit) bytes; send fewer payloads at once.")
        }
        let json = try await transform(
            Data(buffer: body), HTTPField.Name("X-Namespace").flatMap { request.headers[$0] })
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}
