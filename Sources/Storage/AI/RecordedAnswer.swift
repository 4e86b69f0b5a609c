package import JSON

/// An answer that was paid for, kept for a retry of its activity.
package struct RecordedAnswer: Sendable, Hashable {
    /// 64 hexadecimal digits: of all that decides the answer.
    package var requestDigest: String
    package var answer: JSONValue

    package init(requestDigest: String, answer: JSONValue) {
        self.requestDigest = requestDigest
        self.answer = answer
    }
}
