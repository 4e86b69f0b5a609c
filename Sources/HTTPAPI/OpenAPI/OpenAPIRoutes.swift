import Hummingbird
import JSON
import NIOCore

/// `GET /openapi.yaml` and `/openapi.json`: what the API takes and answers, for people and generators; no key.
struct OpenAPIRoutes {
    func add(to router: some RouterMethods<APIContext>) {
        let document = OpenAPIDocument.served
        let json = document.json.serializedBytes()
        router.get("openapi.yaml") { _, _ in Self.response(document.yaml, "application/yaml") }
        router.get("openapi.json") { _, _ in Self.response(json, "application/json") }
    }

    private static func response(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "max-age=300"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
