import Foundation
import HTTPTypes
import Hummingbird
import Storage

/// Keeps each tenant within its requests a minute, and says so in every answer: `RateLimit-Policy` and `RateLimit`, the
/// structured fields of draft-ietf-httpapi-ratelimit-headers.
struct RequestLimit: Sendable {
    private let buckets = TokenBuckets<UUID>()

    /// Throws 429 when nothing is left.
    func fields(for tenant: Tenant) throws -> HTTPFields {
        let quota = tenant.limits.requestsPerMinute
        let decision = buckets.take(tenant.id, quota: quota)
        var fields = HTTPFields()
        if let policy = HTTPField.Name("RateLimit-Policy"), let limit = HTTPField.Name("RateLimit") {
            fields[policy] = #""requests";q=\#(quota);w=60"#
            fields[limit] = #""requests";r=\#(decision.remaining);t=\#(decision.fullIn)"#
        }
        guard decision.isAllowed else {
            fields[.retryAfter] = "\(decision.retryAfter)"
            throw Problem(
                status: .tooManyRequests, code: "rate_limited", title: "Too many requests",
                detail: "This tenant may send \(quota) requests a minute. Try again in \(decision.retryAfter) s.",
                headers: fields)
        }
        return fields
    }
}
