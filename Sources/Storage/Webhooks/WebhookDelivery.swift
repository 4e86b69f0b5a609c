package import Foundation

/// One event on its way to one webhook; its id is the message's, the same at every attempt.
package struct WebhookDelivery: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable, DatabaseConvertible {
        /// Not sent yet, or to be sent again.
        case pending
        case delivered
        /// Given up; its owner may have it sent again.
        case failed
    }

    package let id: UUID
    package let webhookID: UUID
    /// nil for a test.
    package let executionID: UUID?
    package let event: WebhookEvent
    /// The body: JSON text.
    package let payload: String
    package let status: Status
    package let attempts: Int
    /// While it is pending.
    package let nextAttemptAt: Date?
    package let createdAt: Date
    package let completedAt: Date?
}

/// One attempt and what the receiver said to it.
package struct WebhookAttempt: Sendable, Hashable {
    /// From 1; one that is missing was cut off by a process that died.
    package var number: Int
    package var attemptedAt: Date
    package var duration: Duration
    /// nil when there was no answer.
    package var responseStatus: Int?
    /// The start of the answer's body.
    package var responseBody: String?
    /// nil for a success.
    package var error: String?

    package init(
        number: Int, attemptedAt: Date, duration: Duration, responseStatus: Int? = nil, responseBody: String? = nil,
        error: String? = nil
    ) {
        self.number = number
        self.attemptedAt = attemptedAt
        self.duration = duration
        self.responseStatus = responseStatus
        self.responseBody = responseBody
        self.error = error
    }
}

/// A delivery that one process is to send now.
package struct ClaimedDelivery: Sendable {
    package let id: UUID
    package let tenantID: UUID
    package let webhookID: UUID
    package let executionID: UUID?
    package let payload: String
    /// The attempt's number, from 1.
    package let attempt: Int
    package let url: String
    /// The keys to sign with, the newest first; empty when none of them can be decrypted.
    package let keys: [[UInt8]]
}

extension WebhookDelivery {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        webhookID = try row.get("webhook_id")
        executionID = try row.optional("execution_id")
        event = try row.get("event")
        payload = try row.get("payload")
        status = try row.get("status")
        attempts = try row.get("attempts")
        nextAttemptAt = try row.optional("next_attempt_at")
        createdAt = try row.get("created_at")
        completedAt = try row.optional("completed_at")
    }
}

extension WebhookAttempt {
    init(_ row: Row) throws(StorageError) {
        number = try row.get("number")
        attemptedAt = try row.get("attempted_at")
        duration = .milliseconds(try row.get("duration_ms", as: Int64.self))
        responseStatus = try row.optional("response_status")
        responseBody = try row.optional("response_body")
        error = try row.optional("error")
    }
}
