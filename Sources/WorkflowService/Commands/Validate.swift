import ArgumentParser
import Foundation
import JSON
import Worker
import WorkflowDefinition

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a workflow definition (YAML or JSON) and say what is wrong, where.",
        discussion: "Exits with 1 when there is an error; warnings alone exit with 0."
    )

    @Argument(
        help: "The definition's file, or - for standard input.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    func run() async throws {
        let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try readFile(file)
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ValidationError("\(file) is not valid UTF-8 text.")
        }
        let (definition, diagnostics) = Definition.diagnose(text, catalog: .standard)
        for diagnostic in diagnostics { print(diagnostic.rendered(file: file)) }
        guard let definition else { throw ExitCode.failure }
        print("\(file): \(definition.document.name) \(definition.document.version) is valid")
    }
}

/// - Throws: `ValidationError` with a sentence instead of Foundation's error.
func readFile(_ path: String) throws -> Data {
    do {
        return try Data(contentsOf: URL(filePath: path))
    } catch {
        throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
    }
}
