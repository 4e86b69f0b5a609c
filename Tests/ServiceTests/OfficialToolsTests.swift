import Activities
import Foundation
import JSON
import Temporal
import TestSupport
import Testing
import Worker
import WorkflowDefinition

extension SharedService {
    /// Temporal's own programs and its Python SDK work on our runs.
    @Suite struct OfficialTools {
        @Test func runIsListedShownAndDescribed() async throws {
            let service = try service
            let answer = try await service.execute(text: "Shown to operators.", enhanced: true, wait: 60)
            let events = try await service.temporalJSON("workflow", "show", "-w", answer.id)["events"]?.array ?? []
            let types = events.compactMap { $0["eventType"]?.string }
            #expect(types.first == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED")
            #expect(types.last == "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED")

            let description = try await service.temporalJSON("workflow", "describe", "-w", answer.id)
            let info = try #require(description["workflowExecutionInfo"])
            #expect(info["status"]?.string == "WORKFLOW_EXECUTION_STATUS_COMPLETED")
            #expect(info["type"]?["name"] == "document-processing")
            #expect(info["execution"]?["runId"] == answer["temporal_run_id"])

            let query = #"Template = "document-processing" AND AIEnhanced = true AND Tier = "enterprise""#
            try await eventually(timeout: .seconds(20), every: .milliseconds(500), "listed") {
                let list = try await service.temporalJSON("workflow", "list", "--query", query)
                return list.array?.contains { $0["execution"]?["workflowId"]?.string == answer.id } == true
            }
            let steps = try await service.temporal(["workflow", "query", "-w", answer.id, "--type", "steps"])
            #expect(steps.status == 0 && steps.output.contains("ai_summarize_activity"), "\(steps)")
        }

        @Test(arguments: ["cancel", "terminate"])
        func openRunIsEndedByTheOfficialTool(verb: String) async throws {
            let service = try service
            let (id, key) = try await Self.openExecution(service)
            let stack = try await service.temporal(["workflow", "stack", "-w", id])
            #expect(stack.output.contains("ai_summarize_activity"), "\(stack)")
            let ended = try await service.temporal(
                ["workflow", verb, "-w", id] + (verb == "terminate" ? ["--reason", "the operator said so"] : []))
            #expect(ended.status == 0, "\(ended)")
            let answer = try await service.closed(id, key: key, atMost: .seconds(30))
            #expect(answer.executionStatus == (verb == "cancel" ? "cancelled" : "terminated"), "\(answer)")
            #expect(try await service.temporalStatus(id) == (verb == "cancel" ? "CANCELED" : "TERMINATED"))
            if verb == "terminate" {
                #expect(answer["error_message"]?.string?.contains("the operator said so") == true, "\(answer)")
            }
        }

        @Test func openRunIsCancelledOverTheAPI() async throws {
            let service = try service
            let (id, key) = try await Self.openExecution(service)
            let asked = try await service.post("/executions/\(id)/cancel", "", key: key)
            #expect(asked.status == 202, "\(asked)")
            let answer = try await service.closed(id, key: key, atMost: .seconds(30))
            #expect(answer.executionStatus == "cancelled", "\(answer)")
        }

        /// One that waits for the silent provider, as its steps show.
        private static func openExecution(_ service: RunningService) async throws -> (id: String, key: String) {
            let key = try SharedService.current.premium.key
            let id = try await service.execute(text: "Waits for AI-HANG.", enhanced: true, key: key).id
            try await eventually(timeout: .seconds(20), every: .milliseconds(200), "the AI steps run") {
                let steps = try await service.get("/executions/\(id)", key: key)["steps"]?.array ?? []
                return steps.contains { $0["name"] == "summarize" && $0["status"] == "running" }
            }
            return (id, key)
        }

        @Test(.pythonSDK) func pythonClientStartsATemplateWithItsInputAlone() async throws {
            let service = try service
            let tenant = try SharedService.current.basic
            let answer = try await Self.python(
                "start_template.py", service.temporalAddress, "python-\(UUID().uuidString)", tenant.id,
                "Text from Python.")
            try #require(answer.status == 0, "\(answer)")
            let result = try JSONValue(parsing: answer.output)
            #expect(result["result"]?["words"] == 3 && result["ai_enhanced"] == false, "\(answer)")
            // The run has a row like any other.
            let list = try await service.get("/executions?limit=200", key: tenant.key)
            let row = list["executions"]?.array?.first {
                $0["temporal_workflow_id"]?.string?.hasPrefix("python-") == true
            }
            let execution = try await service.closed(row?["id"]?.string ?? "none", key: tenant.key)
            #expect(execution.executionStatus == "completed" && execution.result == result["result"], "\(execution)")
        }

        @Test(.pythonSDK, arguments: ["", "not-a-tenant", "6d0f5ab6-1f0c-4d7e-8a53-111111111111"])
        func startWithoutAValidTenantFailsClearly(tenant: String) async throws {
            let answer = try await Self.python(
                "start_template.py", try service.temporalAddress, "python-\(UUID().uuidString)", tenant, "Text.")
            #expect(answer.status == 3 && answer.output.contains("search attribute TenantId"), "\(answer)")
        }

        /// `Examples/python-worker`: a definition calls an activity of a worker in another language. Tenants cannot publish
        /// definitions yet, so the run is started with the pin that a published one would get.
        @Test(.pythonSDK) func definitionCallsTheActivityOfAPythonWorker() async throws {
            let service = try service
            let folder = Package.examples.appending(path: "python-worker")
            let definition = try Definition(
                yaml: try String(contentsOf: folder.appending(path: "greeting.yaml"), encoding: .utf8),
                catalog: .standard)
            let worker = try ServiceProcess(
                [Package.python, "-B", folder.appending(path: "worker.py").path],
                environment: Package.environment.merging(
                    ["TEMPORAL_ADDRESS": service.temporalAddress, "TEMPORAL_NAMESPACE": "workflow-service"]) { $1 },
                output: service.data.appendingPathComponent("worker.log")
            )
            defer { worker.send(9) }

            let pin = RunPin(
                templateID: UUID(), templateName: definition.document.name,
                templateVersion: definition.document.version,
                definition: definition.source, definitionDigest: "greeting-\(UUID().uuidString)", aiEnhanced: false,
                tier: "basic"
            )
            let address = try #require(TemporalConnection.Configuration.Address(service.temporalAddress))
            let configuration = TemporalConnection.Configuration(address: address, namespace: "workflow-service")
            let outcome = try await TemporalConnection.with(configuration) { connection in
                let client = TemporalClient(connection, codec: IdentityPayloadCodec())
                let started = try await client.startWorkflow(
                    StartWorkflowRequest(
                        workflowID: "greeting-\(UUID().uuidString)", workflowType: "greeting", taskQueue: "workflows",
                        input: pin.arguments(input: ["name": "Ada"])
                    )
                )
                return try await client.result(workflowID: started.workflowID, runID: started.runID, followRuns: true)
            }
            guard case .completed(let payloads) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try payloads.first?.jsonValue()["result"] == ["greeting": "Hello, Ada, from Python!"])
        }

        private static func python(_ script: String, _ arguments: String...) async throws -> CommandResult {
            let path = Package.root.appending(path: "Tests/ServiceTests/Python/\(script)").path
            return try await run(Package.python, ["-B", path] + arguments)
        }
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var pythonSDK: Self {
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: Package.python), "needs .venv: run scripts/setup test")
    }
}
