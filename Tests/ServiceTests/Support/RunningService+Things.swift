import Foundation
import JSON
import NIOHTTP1
import Testing

extension RunningService {
    /// Makes one thing of each kind that has an id, of the tenant with this key, by the path that shows it.
    func makeThings(of key: String) async throws -> [String: String] {
        var things: [String: String] = [:]
        let execution = try await execute(text: "A text of its own.", wait: 60, key: key)
        things["/executions/{id}"] = execution.id
        things["/documents/{id}"] = try await upload(Data("its document".utf8), "text/plain", key: key)
        things["/keys/{id}"] = try await newKey(["name": "its", "role": "viewer"], key: key).id
        _ = try await send(.PUT, "/secrets/its-secret", ["value": "its-own-value"], key: key)
        things["/secrets/{name}"] = "its-secret"
        let webhook = try await send(
            .POST, "/webhooks", ["url": "https://example.com/h", "events": ["execution.failed"]], key: key)
        things["/webhooks/{id}"] = webhook.id
        let schedule = try await send(
            .POST, "/schedules",
            [
                "name": "its-schedule", "template": "document-processing",
                "input": ["document": ["content_base64": "QQ==", "media_type": "text/plain"]],
                "spec": ["intervals": [["every_seconds": 86_400]]],
            ], key: key)
        try #require(schedule.status < 300, "\(schedule)")
        things["/schedules/{name}"] = "its-schedule"
        let budget = try await send(
            .PUT, "/ai/budgets", ["period": "month", "dollars": "5.00", "hard": false], key: key)
        things["/ai/budgets/{id}"] = budget.id
        // Points are named, and each tenant has its own settings: only what nobody has is refused.
        things["/ai/points/{template}/{point}"] = "its-template"
        return things
    }
}
