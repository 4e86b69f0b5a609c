package import Foundation
package import JSON

/// What `POST /workflows/execute` asks for.
package struct ExecuteRequest: Sendable {
    package var template: String
    /// nil: the highest.
    package var version: String?
    package var input: JSONValue
    package var aiEnhanced: Bool
    /// 1 (first) to 5; never before the tier's own. nil: the tier's own.
    package var priority: Int?
    package var tags: [String] = []
    /// Not to begin before; nil: at once.
    package var startAt: Date?
    package var idempotency: Idempotency?
    package var scheduleID: UUID?
    /// Of the HTTP request, for correlation.
    package var requestID: String?
    package var traceParent: String?

    package init(template: String, version: String? = nil, input: JSONValue, aiEnhanced: Bool) {
        self.template = template
        self.version = version
        self.input = input
        self.aiEnhanced = aiEnhanced
    }

    /// A repeat of the same request with the same key is one execution.
    package struct Idempotency: Sendable, Hashable {
        package var key: String
        /// SHA-256 of the request's canonical JSON.
        package var digest: String

        package init(key: String, digest: String) {
            self.key = key
            self.digest = digest
        }
    }
}

extension ExecuteRequest {
    package static let tagLimit = 10
    package static let tagLength = 50
    /// How far ahead a start may lie: a year.
    package static let delayLimit = 366 * 86_400.0

    /// Throws `invalidRequest` for what the schema of the row could not hold.
    func check() throws(ExecutionError) {
        var violations: [ExecutionError.Violation] = []
        if tags.count > Self.tagLimit {
            violations.append(.init(pointer: "/tags", message: "at most \(Self.tagLimit) tags"))
        }
        for (index, tag) in tags.enumerated() where !Self.isTag(tag) {
            violations.append(
                .init(
                    pointer: "/tags/\(index)",
                    message:
                        "1 to \(Self.tagLength) characters of a-z, A-Z, 0-9 and . _ : / @ -, a letter or digit first"))
        }
        if Set(tags).count != tags.count { violations.append(.init(pointer: "/tags", message: "a tag stands twice")) }
        if let priority, !(1...5).contains(priority) {
            violations.append(.init(pointer: "/priority", message: "a number from 1 to 5"))
        }
        if let startAt, startAt.timeIntervalSinceNow > Self.delayLimit {
            violations.append(.init(pointer: "/start_at", message: "at most a year ahead"))
        }
        guard violations.isEmpty else {
            throw ExecutionError(
                .invalidRequest, "Invalid request",
                violations.map { "\($0.pointer): \($0.message)" }.joined(separator: "; ") + ".", violations: violations)
        }
    }

    package static func isTag(_ text: String) -> Bool {
        (1...tagLength).contains(text.utf8.count)
            && text.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "@"),
                    UInt8(ascii: "-"):
                    index > 0
                default: false
                }
            }
    }
}
