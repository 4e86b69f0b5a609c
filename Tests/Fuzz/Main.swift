import ArgumentParser

/// The kitchen sink as a program: workers to be killed, the fuzzer, the soak.
@main
struct FuzzCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz", abstract: "Drives the kitchen sink machine against a real Temporal server.",
        subcommands: [WorkCommand.self, RunCommand.self, SoakCommand.self])
}
