import ArgumentParser
import Foundation
import JSON

struct Secrets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What activities may use and nobody can read back.",
        subcommands: [List.self, Set.self, Delete.self])

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "List the secrets' names.")
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get("/workflows/secrets")
            client.show(answer) {
                table(
                    answer["secrets"]?.array ?? [],
                    [.name, .time("CREATED", "created_at"), .time("CHANGED", "updated_at")], empty: "No secret.")
            }
        }
    }

    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a secret to what standard input or a file holds; never an argument, which others see.",
            discussion: """
                One newline at the end is taken away.

                Examples:
                  pass show crm/token | workflow-service secrets set crm_token
                  workflow-service secrets set crm_token --file token.txt
                """)
        @Argument(help: "Its name, as $secrets.NAME in a definition.") var name: String
        @Option(help: "The file with the value; standard input without it.", completion: .file()) var file: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            if file == nil, isatty(STDIN_FILENO) == 1 { note("The value, then Ctrl-D:") }
            let data = try file.map(readFile) ?? FileHandle.standardInput.readDataToEndOfFile()
            guard var value = String(validating: data, as: UTF8.self) else {
                throw ValidationError("The value is no UTF-8 text.")
            }
            if value.hasSuffix("\n") { value.removeLast() }
            _ = try await api.put(path("secrets", name), ["value": .string(value)])
            note("The secret \(name) is set.")
        }
    }

    struct Delete: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a secret.")
        @Argument(help: "Its name.") var name: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            try await api.delete(path("secrets", name))
            note("The secret \(name) is deleted.")
        }
    }
}
