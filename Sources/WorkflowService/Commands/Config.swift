import ArgumentParser

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the effective settings and where each came from; secrets are masked.",
        discussion: """
            Takes the same flags as serve and fails where serve would without having connected to anything: it names each \
            unknown or invalid setting, its place and what would be right.

            Examples:
              workflow-service config --environment production
              workflow-service config --config staging.yaml --output json
            """
    )

    @OptionGroup var options: SettingOptions
    @OptionGroup var output: OutputOptions
    @Flag(help: "Print the table of all settings that docs/configuration.md holds, instead.")
    var documentation = false

    func run() throws {
        guard !documentation else { return say(SettingSchema.documentation) }
        let settings = try options.settings()
        // What serve would refuse: settings that do not fit each other, files that cannot be used.
        _ = try ServiceConfiguration(settings)
        output.output.show(settings.report) { settings.table }
    }
}
