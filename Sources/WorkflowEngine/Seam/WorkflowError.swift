package import JSON
package import WorkflowDefinition

/// The specification's error document (RFC 9457 members). Its text is the tenant's own: safe to show to them.
package struct WorkflowError: Error, Sendable, Hashable {
    /// A URI reference.
    package var type: String
    /// The HTTP status that describes the error best.
    package var status: Int
    package var title: String
    package var detail: String?
    /// JSON Pointer of the task the error originates from; empty until the engine knows it.
    package var instance: String

    package init(type: String, status: Int, title: String, detail: String? = nil, instance: String = "") {
        self.type = type
        self.status = status
        self.title = title
        self.detail = detail
        self.instance = instance
    }

    /// One of the specification's standard errors.
    package init(_ kind: ErrorType, status: Int? = nil, detail: String? = nil, instance: String = "") {
        self.init(
            type: kind.uri, status: status ?? kind.status, title: kind.title, detail: detail, instance: instance)
    }

    /// The last segment of the type: `timeout`, `budget_exceeded`, …
    package var typeName: String {
        type.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(type[type.utf8.index(after: $0)...]) } ?? type
    }
}

extension WorkflowError {
    package var json: JSONValue {
        var object = JSONObject()
        object["type"] = .string(type)
        object["status"] = .integer(Int64(status))
        object["title"] = .string(title)
        if let detail { object["detail"] = .string(detail) }
        if !instance.isEmpty { object["instance"] = .string(instance) }
        return .object(object)
    }

    /// An error document from outside; nil when it is none (no `type` or no `status`).
    package init?(json: JSONValue) {
        guard let type = json["type"]?.string, let status = json["status"]?.integer.flatMap(Int.init(exactly:)) else {
            return nil
        }
        self.init(
            type: type, status: status, title: json["title"]?.string ?? "", detail: json["detail"]?.string,
            instance: json["instance"]?.string ?? "")
    }
}

extension WorkflowError: CustomStringConvertible {
    package var description: String {
        let name = title.isEmpty ? type : title
        return "\(name) (\(status))" + (detail.map { ": \($0)" } ?? "") + (instance.isEmpty ? "" : " at \(instance)")
    }
}

extension ErrorType {
    fileprivate var title: String {
        switch self {
        case .configuration: "Configuration Error"
        case .validation: "Validation Error"
        case .expression: "Expression Error"
        case .authentication: "Authentication Error"
        case .authorization: "Authorization Error"
        case .timeout: "Timeout Error"
        case .communication: "Communication Error"
        case .runtime: "Runtime Error"
        }
    }
}
