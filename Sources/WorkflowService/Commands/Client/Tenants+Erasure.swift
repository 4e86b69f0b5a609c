import ArgumentParser
import AsyncHTTPClient
import Foundation
import JSON
import NIOCore

/// What the law asks for: everything of a tenant, and nothing of it any more.
extension Tenants {
    struct Export: OperatorCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write everything that the service holds of a tenant into a file.",
            discussion: "Example:\n  workflow-service tenants export ID --file acme.ndjson")
        @Argument(help: "The tenant's id.") var id: String
        @Option(help: "Where to write, or - for standard output.", completion: .file()) var file = "-"
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let body = try await api.stream(path("tenants", id, "export"))
            guard file != "-" else {
                for try await chunk in body {
                    try FileHandle.standardOutput.write(contentsOf: Data(chunk.readableBytesView))
                }
                return
            }
            // Under another name until it is whole; its owner's alone, for it holds all that the tenant has.
            let draft = "\(file).part"
            let descriptor = open(draft, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw ValidationError("\(draft) cannot be written.") }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            do {
                for try await chunk in body { try handle.write(contentsOf: Data(chunk.readableBytesView)) }
                guard rename(draft, file) == 0 else { throw StartupError("\(file) cannot be written.") }
            } catch {
                unlink(draft)
                throw error
            }
            note("Written: \(file)")
        }
    }

    struct Delete: OperatorCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase a tenant with everything of it: rows, documents, histories. There is no way back.")
        @Argument(help: "The tenant's id.") var id: String
        @Option(help: "The tenant's name, to show that this one is meant.") var confirm: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let tenant = try await api.get(path("tenants", id))
            guard tenant["name"]?.string == confirm else {
                throw ValidationError("The tenant \(id) is not named \(confirm); nothing was erased.")
            }
            try await api.delete(path("tenants", id))
            note("The tenant \(confirm) is being erased.")
        }
    }
}
