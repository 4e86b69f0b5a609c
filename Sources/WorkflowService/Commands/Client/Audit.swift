import ArgumentParser
import JSON

struct Audit: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "List who changed what, the newest first.",
        discussion: "Example:\n  workflow-service audit --action key.created --from 2026-11-01T00:00:00Z")
    @Option(help: "A kind of change, such as key.created.") var action: String?
    @Option(help: "Who, by the principal's id.") var principal: String?
    @Option(help: "What was changed, such as webhook/ID.") var target: String?
    @Option(help: "Then or later: 2026-11-01T00:00:00Z.") var from: String?
    @Option(help: "Earlier.") var to: String?
    @OptionGroup var page: ListOptions
    @OptionGroup var client: ClientOptions

    func run(_ api: APIClient) async throws {
        let answer = try await api.list(
            "/workflows/audit", "entries",
            ["action": action, "principal": principal, "target": target, "from": from, "to": to], limit: page.count)
        client.show(answer) {
            table(
                answer["entries"]?.array ?? [],
                [
                    .time("TIME", "created_at"), Field("ACTION", "action"), Field("BY", "actor"),
                    Field("TARGET", "target"), Field("DETAIL", "detail"),
                ], empty: "No entry.")
        }
    }
}
