import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Observability

/// Gives each request its id and its place in a trace: the caller's (`X-Request-Id`, `traceparent`) where they can be used,
/// new ones otherwise. Answers carry the id, log lines both.
struct RequestIdentity: RouterMiddleware {
    static let header = HTTPField.Name("X-Request-Id")
    private static let traceParent = HTTPField.Name("traceparent")

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let id = Self.header.flatMap { request.headers[$0] }.flatMap(Self.usable) ?? UUID().uuidString.lowercased()
        let trace =
            Self.traceParent.flatMap { request.headers[$0] }.flatMap { TraceContext(header: $0)?.child() } ?? .new()
        var context = context
        // Hummingbird reads a request's id from here.
        context.logger[metadataKey: "hb.request.id"] = "\(id)"
        let identified = context
        return try await Correlation.with {
            $0.request = id
            $0.trace = trace
        } _: {
            var response = try await next(request, identified)
            if let header = Self.header { response.headers[header] = id }
            return response
        }
    }

    /// 1 to 128 letters, digits and `._-`: an id goes into logs and rows as it is.
    private static func usable(_ text: String) -> String? {
        let isUsable =
            (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isUsable ? text : nil
    }
}
