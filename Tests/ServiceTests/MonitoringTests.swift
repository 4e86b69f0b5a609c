import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

extension SharedService {
    /// What the service tells of itself.
    @Suite struct Monitoring {
        /// From the root, as text; held against the API's description by status and type.
        private static func text(
            _ path: String, key: String?, accept: String? = nil
        ) async throws -> (status: Int, type: String, text: String) {
            let root = try service.url.replacing("/workflows", with: "")
            var request = HTTPClientRequest(url: root + path)
            if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
            if let accept { request.headers.add(name: "Accept", value: accept) }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let body = try await response.body.collect(upTo: 8 << 20)
            return (Int(response.status.code), response.headers.first(name: "Content-Type") ?? "", String(buffer: body))
        }

        private static var operatorKey: String {
            get throws {
                try String(contentsOf: service.data.appending(path: "operator-key"), encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }

        @Test func probesNeedNoKey() async throws {
            for path in ["/livez", "/readyz"] {
                let answer = try await Self.text(path, key: nil)
                #expect(answer.status == 200 && answer.type == "application/health+json", "\(answer)")
                // Other tests let a provider fail, which is a warning.
                let status = try JSONValue(parsing: answer.text)["status"]?.string ?? "none"
                #expect(["pass", "warn"].contains(status))
            }
        }

        @Test func prometheusGetsTheWholeProcessWithTheOperatorsKeyAlone() async throws {
            let current = try SharedService.current
            _ = try await service.execute(text: "Counted.", enhanced: true, wait: 60, key: current.premium.key)
            #expect(try await Self.text("/metrics", key: nil).status == 401)
            #expect(try await Self.text("/metrics", key: current.premium.key).status == 401)
            #expect(
                try await Self.text("/workflows/metrics?format=prometheus", key: current.premium.key).status == 403)
            var answer = try await Self.text("/metrics", key: try Self.operatorKey)
            #expect(answer.status == 200 && answer.type.hasPrefix("text/plain; version=0.0.4"), "\(answer)")
            // Task queues are looked at now and then.
            try await eventually(timeout: .seconds(30), every: .milliseconds(500)) {
                answer = try await Self.text("/metrics", key: try Self.operatorKey)
                return answer.text.contains("\nworkflow_task_queue_pollers{")
            }
            for metric in [
                "workflow_activity_attempts_total{activity=\"extract_text_activity\",outcome=\"completed\"}",
                "workflow_ai_requests_total{", "workflow_ai_cost_dollars_total{", "temporal_request_total{",
                "temporal_worker_task_slots_available{", "temporal_workflow_completed_total{",
                "process_resident_memory_bytes ",
                "workflow_executions_started_total{template=\"document-processing\"}",
                "workflow_executions_closed_total{status=\"completed\",template=\"document-processing\"}",
                "workflow_execution_queue_wait_seconds_count{template=\"document-processing\"}",
                "http_server_requests_total{method=\"POST\",route=\"/workflows/execute\",status=\"200\"}",
                "workflow_task_queue_pollers{", "workflow_executor_lag_seconds ",
            ] {
                #expect(answer.text.contains("\n\(metric)"), "\(metric) is missing")
            }
            // No id of anything becomes a route.
            #expect(!answer.text.contains("route=\"/workflows/executions/0"))
            let open = try await Self.text(
                "/workflows/metrics", key: try Self.operatorKey, accept: "application/openmetrics-text")
            #expect(open.type.hasPrefix("application/openmetrics-text") && open.text.hasSuffix("# EOF\n"))
        }

        @Test func tenantSeesItsOwnFiguresAndTheOperatorAll() async throws {
            let current = try SharedService.current
            _ = try await service.execute(text: "Counted.", enhanced: true, wait: 60, key: current.basic.key)
            _ = try await service.execute(text: "Counted.", enhanced: true, wait: 60, key: current.premium.key)
            let basic = try await service.get("/metrics?window=1h", key: current.basic.key)
            #expect(basic.status == 200, "\(basic)")
            #expect(basic["executions"]?["by_status"]?["completed"]?.integer ?? 0 >= 1)
            #expect(basic["ai"]?["calls"] == 0 && basic["cost"]?["microdollars"] == 0)
            #expect(basic["cost"]?["by_tenant"] == nil && basic["utilisation"]?["process"] == nil)
            let premium = try await service.get("/metrics", key: current.premium.key)
            #expect(premium["cost"]?["microdollars"]?.integer ?? 0 >= 9_000, "\(premium)")
            let all = try await service.get("/metrics", key: try Self.operatorKey)
            #expect(all["cost"]?["by_tenant"]?.array?.contains { $0["name"] == "premium" } == true, "\(all)")
            #expect(all["utilisation"]?["process"]?["process_open_fds"]?[0]?["value"] != nil)
            #expect(
                (all["executions"]?["closed"]?.integer ?? 0) > (basic["executions"]?["closed"]?.integer ?? 0))
            #expect(try await service.get("/metrics?window=1y").status == 400)
            #expect(try await service.get("/metrics?format=xml").status == 400)
        }

        @Test func performanceTellsPercentilesAndTheSlowest() async throws {
            let key = try SharedService.current.basic.key
            _ = try await service.execute(text: "Timed.", wait: 60, key: key)
            let answer = try await service.get("/performance?window=1h", key: key)
            #expect(answer.status == 200, "\(answer)")
            let template = try #require(answer["templates"]?[0])
            #expect(template["template"] == "document-processing")
            #expect(template["duration_ms"]?["p50"]?.integer ?? 0 > 0)
            #expect(answer["slowest"]?.array?.isEmpty == false)
            #expect(answer["series"]?.array?.count == 12)
            #expect(answer["trend"]?["current"]?["executions"] == template["executions"])
            #expect(try await service.get("/performance?template=none", key: key)["templates"] == [])
            #expect(try await service.get("/performance", key: try Self.operatorKey).status == 200)
        }

        @Test func logsOfAnExecutionTellItsCourse() async throws {
            let current = try SharedService.current
            let execution = try await service.execute(
                text: "Ada Lovelace wrote the notes.", enhanced: true, wait: 60, key: current.premium.key)
            let path = "/executions/\(execution.id)/logs"
            var lines: [JSONValue] = []
            try await eventually {
                lines = try await service.get(path, key: current.premium.key)["logs"]?.array ?? []
                return lines.contains { $0["message"] == "Execution closed" }
            }
            let summarized = lines.filter { $0["fields"]?["activity"] == "ai_summarize_activity" }
            #expect(
                summarized.map { $0["message"]?.string } == [
                    "Activity started", "AI call answered", "Activity completed",
                ],
                "\(lines)")
            let call = try #require(summarized.dropFirst().first?["fields"])
            #expect(call["cost_microdollars"] == "3000" && call["model"]?.string == ScriptedAI.model)
            for name in ["run", "step", "activity_id", "attempt"] { #expect(call[name] != nil, "\(name)") }
            #expect(call["tenant"] == nil && call["error"] == nil)

            let warnings = try await service.get(path + "?level=warning", key: current.premium.key)
            #expect(warnings["logs"] == [])
            let page = try await service.get(path + "?limit=2", key: current.premium.key)
            let cursor = try #require(page["next_cursor"]?.string)
            let next = try await service.get(path + "?limit=1000&cursor=\(cursor)", key: current.premium.key)
            #expect((page["logs"]?.array ?? []) + (next["logs"]?.array ?? []) == lines)
            #expect(next["next_cursor"] == .null)

            #expect(try await service.get(path, key: current.basic.key).status == 404)
            #expect(try await service.get(path + "?level=loud", key: current.premium.key).status == 400)
            #expect(try await service.get(path + "?cursor=x", key: current.premium.key).status == 400)
            let followed = try await Self.text("/workflows" + path + "?follow=true", key: current.premium.key)
            #expect(followed.type == "text/event-stream")
            #expect(followed.text.components(separatedBy: "event: log\n").count == lines.count + 1)
        }

        @Test func followedLogsCountAmongTheTenantsStreams() async throws {
            let service = try SharedService.service
            let tenant = try await service.newTenant("followers-\(UUID())")
            let waiting = try await service.send(
                .POST, "/execute",
                [
                    "template": "document-processing", "delay": "1d",
                    "input": ["document": ["content_base64": "QQ==", "media_type": "text/plain"]],
                ], key: tenant.key)
            try #require(waiting.status == 202, "\(waiting)")
            var configuration = HTTPClient.Configuration()
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 100
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            var request = HTTPClientRequest(url: "\(service.url)/executions/\(waiting.id)/logs?follow=true")
            request.headers.add(name: "Authorization", value: "Bearer \(tenant.key)")
            // Not read, and held open.
            var streams: [HTTPClientResponse] = []
            for _ in 0..<50 {
                streams.append(try await client.execute(request, timeout: .seconds(60)))
            }
            #expect(streams.allSatisfy { $0.status == .ok })
            for path in ["logs?follow=true", "events"] {
                let refused = try await service.get("/executions/\(waiting.id)/\(path)", key: tenant.key)
                #expect(refused.status == 429 && refused["code"] == "too_many_streams", "\(refused)")
                #expect(refused.headers.first(name: "Retry-After") == "10")
            }
            #expect(try await service.get("/executions/\(waiting.id)/logs", key: tenant.key).status == 200)
            withExtendedLifetime(streams) {}
            streams = []
            try await client.shutdown()
            // Ends of connections are noticed at the next line or comment.
            try await eventually(timeout: .seconds(60), "places are given back") {
                let again = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
                return again.status == .ok
            }
            _ = try await service.send(.POST, "/executions/\(waiting.id)/terminate", nil, key: tenant.key)
        }

        @Test func requestsIDAndTraceAreOnEveryLineOfItsExecution() async throws {
            let key = try SharedService.current.basic.key
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let body: JSONValue = [
                "template": "document-processing",
                "input": ["document": ["content_base64": "VHJhY2VkLg==", "media_type": "text/plain"]],
            ]
            let execution = try await service.send(
                .POST, "/execute?wait=60s",
                headers: [
                    "Content-Type": "application/json", "traceparent": "00-\(trace)-00f067aa0ba902b7-01",
                    "X-Request-Id": "traced.request-1",
                ], body: .bytes(ByteBuffer(string: body.serialized())), key: key)
            #expect(execution.executionStatus == "completed", "\(execution)")
            var lines: [JSONValue] = []
            try await eventually {
                lines = try await service.get("/executions/\(execution.id)/logs", key: key)["logs"]?.array ?? []
                return lines.contains { $0["message"] == "Execution closed" }
            }
            #expect(lines.first?["message"] == "Execution accepted")
            #expect(lines.count >= 6, "\(lines)")
            for line in lines {
                #expect(line["fields"]?["trace"]?.string == trace, "\(line)")
                #expect(line["fields"]?["request"] == "traced.request-1", "\(line)")
            }
        }

        @Test func levelChangesForAWhile() async throws {
            let key = try Self.operatorKey
            func put(_ body: String, key: String) async throws -> Answer {
                try await service.send(
                    .PUT, "/log-level", headers: ["Content-Type": "application/json"],
                    body: .bytes(ByteBuffer(string: body)), key: key)
            }
            #expect(try await put(#"{"level": "debug"}"#, key: service.key).status == 401)
            #expect(try await put(#"{"level": "loud"}"#, key: key).status == 400)
            #expect(try await put(#"{"level": "debug", "for_seconds": 0}"#, key: key).status == 400)
            let changed = try await put(#"{"level": "info", "for_seconds": 1}"#, key: key)
            #expect(changed["level"] == "info" && changed["configured"] == "notice" && changed["until"] != .null)
            try await eventually { try await service.get("/log-level", key: key)["level"] == "notice" }
            _ = try await put(#"{"level": "error"}"#, key: key)
            #expect(try await put("{}", key: key)["level"] == "notice")
            let nobody = "00000000-0000-0000-0000-000000000000"
            let audit = try await service.get("/tenants/\(nobody)/audit?limit=3", key: key)
            let changes = (audit["entries"]?.array ?? []).filter { $0["action"] == "log_level.changed" }
            #expect(changes.map { $0["detail"]?["level"] } == [.null, "error", "info"], "\(audit)")
            #expect(changes.allSatisfy { $0["actor"] == "operator" && $0["target"] == "log-level" })
        }
    }
}
