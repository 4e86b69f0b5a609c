/// The specification's standard error types.
///
/// Documents name them by several prefixes, one for each age of the specification; `canonical` makes them one, so that
/// a `catch` written against any of them matches. Types of an author's own stay as they are.
package enum ErrorType: String, Sendable, CaseIterable {
    case configuration, validation, expression, authentication, authorization, timeout, communication, runtime

    private static let prefix = "https://open-workflow-specification.org/spec/1.0.0/errors/"

    /// The type as errors carry it here.
    package var uri: String { ErrorType.prefix + rawValue }

    /// The status that the specification gives the type.
    package var status: Int {
        switch self {
        case .configuration, .validation, .expression: 400
        case .authentication: 401
        case .authorization: 403
        case .timeout: 408
        case .communication, .runtime: 500
        }
    }

    /// The standard type that a URI (or the bare name) means, under any known prefix.
    package init?(_ type: String) {
        guard let match = ErrorType(rawValue: ErrorType.shortened(type)) else { return nil }
        self = match
    }

    /// The one spelling of a standard type; any other text as it is.
    package static func canonical(_ type: String) -> String { ErrorType(type)?.uri ?? type }

    private static func shortened(_ type: String) -> String {
        for host in ["https://serverlessworkflow.io", "https://open-workflow-specification.org"] {
            guard type.hasPrefix(host) else { continue }
            let path = type.dropFirst(host.count)
            if path.hasPrefix("/dsl/errors/types/") { return String(path.dropFirst(18)) }
            if path.hasPrefix("/errors/types/") { return String(path.dropFirst(14)) }
            // `/spec/VERSION/errors/NAME`, whichever the version of the DSL.
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            if parts.count == 5, parts[1] == "spec", parts[2].hasPrefix("1.0."), parts[3] == "errors" {
                return String(parts[4])
            }
            return type
        }
        return type
    }
}
