import ArgumentParser
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the document-processing template on documents and show what it finds.")
}
