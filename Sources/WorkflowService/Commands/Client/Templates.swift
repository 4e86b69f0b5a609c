import ArgumentParser
import JSON

struct Templates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the templates that can be executed.", subcommands: [List.self, Show.self])

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the templates.", discussion: "Example:\n  workflow-service templates list --output json")
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get("/workflows/templates")
            client.show(answer) {
                table(
                    answer["templates"]?.array ?? [],
                    [
                        .name, Field("VERSION", "version"), Field("CATEGORY", "category"),
                        Field(.init("AI", isRight: true)) { "\($0["ai_enhancement_points"]?.array?.count ?? 0)" },
                        Field("TITLE", "title"),
                    ], empty: "No template.")
            }
        }
    }

    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a template: parameters, enhancement points, definition.",
            discussion: "Example:\n  workflow-service templates show document-processing --output yaml")
        @Argument(help: "The template's name.") var name: String
        @Option(help: "Its version; the highest without it.") var version: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let all = try await api.get("/workflows/templates")["templates"]?.array ?? []
            let found = all.filter {
                $0["name"]?.string == name && (version == nil || $0["version"]?.string == version)
            }
            guard let template = found.last else {
                let names = all.compactMap { $0["name"]?.string }
                throw APIError(
                    status: 404,
                    message: "There is no template \(name)\(version.map { " \($0)" } ?? "")\(suggestion(name, names)).")
            }
            client.show(template) { details(template) }
        }
    }
}
