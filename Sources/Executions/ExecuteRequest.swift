package import JSON

/// What `POST /workflows/execute` asks for.
package struct ExecuteRequest: Sendable {
    package var template: String
    /// nil: the highest.
    package var version: String?
    package var input: JSONValue
    package var aiEnhanced: Bool

    package init(template: String, version: String? = nil, input: JSONValue, aiEnhanced: Bool) {
        self.template = template
        self.version = version
        self.input = input
        self.aiEnhanced = aiEnhanced
    }
}
