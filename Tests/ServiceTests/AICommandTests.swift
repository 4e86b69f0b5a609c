import Foundation
import JSON
import TestSupport
import Testing

extension SharedService {
    /// `workflow-service ai …`.
    @Suite struct AICommands {
        private static func command(_ arguments: String..., key: String) async throws -> CommandResult {
            let address = try service.address
            return try await run(
                Package.program.path, arguments,
                environment: ["WORKFLOW_SERVICE_URL": address, "WORKFLOW_SERVICE_API_KEY": key])
        }

        private static func newKey() async throws -> String {
            try await service.newTenant("ai-cli-\(UUID())", ["tier": "enterprise"]).key
        }

        @Test func operationsAreAskedAndTheirFiguresShown() async throws {
            let key = try await Self.newKey()
            let capabilities = try await Self.command("ai", "capabilities", key: key)
            #expect(capabilities.status == 0 && capabilities.output.contains("summarize"), "\(capabilities)")
            let text = "The invoice of May is due. It was sent twice."
            let summary = try await Self.command(
                "ai", "test", "summarize", "--text", text, "--max-words", "8", "--output", "json", key: key)
            #expect(try JSONValue(parsing: summary.output)["provider"] == "local", "\(summary)")
            try await withTemporaryFolder { folder in
                let file = folder.appending(path: "text")
                try Data(text.utf8).write(to: file)
                let category = try await Self.command(
                    "ai", "test", "classify", "--file", file.path, "--category", "Invoice", "--category", "Report",
                    key: key)
                #expect(category.status == 0 && category.output.contains("local"), "\(category)")
            }
            let both = try await Self.command("ai", "test", "summarize", "--text", "a", "--file", "b", key: key)
            #expect(both.status == 2, "\(both)")
            let refused = try await Self.command(
                "ai", "test", "summarize", "--text", "a", key: try SharedService.current.basic.key)
            #expect(refused.status == 4 && refused.error.contains("ai_not_entitled"), "\(refused)")

            try await eventually(timeout: .seconds(20), "the calls are counted") {
                let usage = try await Self.command("ai", "usage", "--by", "operation", key: key)
                return usage.output.contains("OPERATION") && usage.output.contains("classify")
            }
            let costs = try await Self.command("ai", "costs", "--by", "provider", "--output", "csv", key: key)
            #expect(
                costs.output == "provider,calls,cost_microdollars,cost_dollars\r\nlocal,2,0,0.000000\r\n", "\(costs)")
            #expect(try await Self.command("ai", "costs", "--by", "day", key: key).output.contains("$0.00"))
            let elsewhere = try await Self.command("executions", "list", "--output", "csv", key: key)
            #expect(elsewhere.status == 2 && elsewhere.error.contains("--output"), "\(elsewhere)")
        }

        @Test func budgetsAreSetListedAndDeleted() async throws {
            let key = try await Self.newKey()
            let set = try await Self.command(
                "ai", "budgets", "set", "--period", "day", "--dollars", "5.00", "--soft", "--output", "json", key: key)
            let id = try #require(try JSONValue(parsing: set.output)["id"]?.string, "\(set)")
            let list = try await Self.command("ai", "budgets", "list", key: key)
            #expect(
                list.output.contains(id) && list.output.contains("soft") && list.output.contains("$5.00"), "\(list)")
            #expect(try await Self.command("ai", "budgets", "set", "--period", "day", key: key).status == 2)
            #expect(try await Self.command("ai", "budgets", "delete", id, key: key).status == 0)
            #expect(try await Self.command("ai", "budgets", "delete", id, key: key).status == 3)
            #expect(try await Self.command("ai", "unknown", key: key).output.contains("No call"))
            #expect(try await Self.command("ai", "cache", "purge", key: key).output.contains("0 answers"))
        }

        @Test func pointsAreSetAndPreviewed() async throws {
            let key = try await Self.newKey()
            let set = try await Self.command(
                "ai", "points", "set", "document-processing", "entities", "--holdout", "0.25", key: key)
            #expect(set.status == 0, "\(set)")
            let list = try await Self.command("ai", "points", key: key)
            #expect(list.output.contains("entities") && list.output.contains("0.25"), "\(list)")
            #expect(try await Self.command("ai", "points", "set", "document-processing", "none", key: key).status == 3)
            #expect(try await Self.command("ai", "impact", key: key).output.contains("No run"))
            let preview = try await Self.command("ai", "preview", "document-processing", key: key)
            #expect(preview.output.contains("ai_summarize_activity") && preview.output.contains("Total:"), "\(preview)")
        }
    }
}
