import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// An error as clients get it: a problem document (RFC 9457) that says what was wrong and what would be right.
struct Problem: Error {
    var status: HTTPResponse.Status
    /// Stable, for programs: `unknown_template`, `invalid_input`, …
    var code: String
    var title: String
    var detail: String
    /// One entry a mistake: `{pointer, message}`.
    var errors: [JSONValue] = []
    /// Of an AI operation without an answer: what was tried.
    var attempts: [JSONValue] = []
    var headers: HTTPFields = [:]

    var json: JSONValue {
        var object = JSONObject()
        object["type"] = .string("urn:workflow-service:problem:\(code)")
        object["title"] = .string(title)
        object["status"] = .integer(Int64(status.code))
        object["detail"] = .string(detail)
        object["code"] = .string(code)
        if !errors.isEmpty { object["errors"] = .array(errors) }
        if !attempts.isEmpty { object["attempts"] = .array(attempts) }
        return .object(object)
    }

    static func badRequest(_ code: String, _ detail: String, errors: [JSONValue] = []) -> Problem {
        Problem(status: .badRequest, code: code, title: "Bad request", detail: detail, errors: errors)
    }
}

extension Problem {
    /// - Parameter requestID: for whoever asks the operator about it.
    func response(requestID: String) -> Response {
        var document = json.object ?? [:]
        document["request_id"] = .string(requestID)
        var response = Response(json: .object(document), status: status)
        response.headers[.contentType] = "application/problem+json"
        for field in headers { response.headers.append(field) }
        return response
    }
}

extension Response {
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        let bytes = json.serializedBytes()
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
