import Foundation
import JSON

/// Reads errors out of HTTP answers. Providers' own messages are not passed on: some repeat parts of the key.
enum ChatFailure {
    static func error(_ reply: ChatReply) -> AIError {
        let error = (try? JSONValue(parsing: reply.body))?["error"]
        let code = (error?["code"]?.string ?? "") + " " + (error?["type"]?.string ?? "")
        let message = (error?["message"]?.string ?? error?.string ?? "").lowercased()
        func says(_ words: String...) -> Bool { words.contains { code.contains($0) || message.contains($0) } }

        switch reply.status {
        case 401, 403:
            return AIError(.auth, "the AI provider refuses the key (HTTP \(reply.status))")
        case 402:
            return AIError(.quota, "the AI provider's account has no credit left")
        case 429 where says("insufficient_quota", "billing", "exceeded your current quota"):
            return AIError(.quota, "the AI provider's account has no credit left")
        case 429:
            return AIError(.rateLimited, "the AI provider limits the rate of calls", retryAfter: reply.retryAfter)
        case 404:
            return AIError(.noModel, "the AI provider does not know this model or address (HTTP 404)")
        case 413:
            return AIError(.contextTooLong, "the text is too long for the model")
        case 400, 422:
            if says("context_length", "maximum context length", "context window", "too many tokens") {
                return AIError(.contextTooLong, "the text is too long for the model")
            }
            if says("content_policy", "content_filter", "content management policy") {
                return AIError(.contentPolicy, "the AI provider's content policy refuses the request")
            }
            return AIError(.badRequest, "the AI provider refuses the request (HTTP \(reply.status))")
        case 408:
            return AIError(.timedOut, "the AI provider did not answer in time")
        default:
            return AIError(
                .unavailable, "the AI provider is not available (HTTP \(reply.status))", retryAfter: reply.retryAfter)
        }
    }

    /// `Retry-After` in seconds or as an HTTP date (RFC 9110), or `retry-after-ms`; at most a day.
    static func retryAfter(_ header: (String) -> String?) -> Duration? {
        let day = 86_400.0
        if let milliseconds = header("retry-after-ms").flatMap(Double.init), milliseconds >= 0 {
            return .milliseconds(Int64(min(milliseconds, day * 1000)))
        }
        guard let value = header("Retry-After") else { return nil }
        if let seconds = Double(value), seconds >= 0 { return .milliseconds(Int64(min(seconds, day) * 1000)) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return format.date(from: value).map { .milliseconds(Int64(min(max(0, $0.timeIntervalSinceNow), day) * 1000)) }
    }
}
