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

    /// A browser asks before it sends anything; the answer's headers come from `CodecOrigins`.
    static func addPreflight(to router: some RouterMethods<APIContext>) {
        for path in ["encode", "decode"] {
            router.on(RouterPath(path), method: .options) { _, _ in Response(status: .noContent) }
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

/// Which web pages may call the codec and read its answers (CORS): those of Temporal's UI.
struct CodecOrigins: RouterMiddleware {
    /// `http://127.0.0.1:8233`, without a path.
    let allowed: Set<String>

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let problem as Problem {
            // The page is to read the reason too.
            response = try problem.response(from: request, context: context)
        }
        response.headers[.vary] = "Origin"
        if let origin = request.headers[.origin], allowed.contains(origin) {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlAllowCredentials] = "true"
            if request.method == .options {
                response.headers[.accessControlAllowMethods] = "POST"
                response.headers[.accessControlAllowHeaders] =
                    "Content-Type, X-Namespace, Authorization, Authorization-Extras"
                response.headers[.accessControlMaxAge] = "600"
            }
        }
        return response
    }
}
