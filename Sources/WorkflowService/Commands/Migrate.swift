import ArgumentParser
import Logging
import Storage

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this version's schema; serve does it too.",
        discussion: """
            One transaction, forward only, one process at a time. Running it before an upgrade keeps the first start \
            short; the processes of the version before go on meanwhile.

            Examples:
              workflow-service migrate --dry-run
              DATABASE_URL=postgresql://… workflow-service migrate
            """
    )

    @OptionGroup var options: SettingOptions
    @Flag(help: "Say what would be applied: it is run, and rolled back.")
    var dryRun = false

    func run() async throws {
        let settings = try options.settings()
        let logger = Logger(label: "workflow-service") { StreamLogHandler.standardError(label: $0) }
        do {
            let database = try openDatabase(settings, logger: logger)
            guard dryRun else {
                let applied = try await Migrator().migrate(database)
                return say(
                    applied.isEmpty
                        ? "The schema is up to date." : "Applied: \(applied.map(String.init).joined(separator: ", "))")
            }
            let migrations = try await Migrator().rehearse(database)
            say(
                migrations.isEmpty
                    ? "The schema is up to date." : "These would be applied; they ran and were rolled back:")
            for migration in migrations { say("  \(migration.version)  \(migration.name)") }
        } catch let error as StorageError {
            throw StartupError(error)
        }
    }
}
