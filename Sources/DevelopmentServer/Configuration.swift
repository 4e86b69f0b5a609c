package import Foundation

extension DevelopmentServer {
    /// How a local Temporal server is started; the defaults give an in-memory server on free ports.
    package struct Configuration: Sendable {
        /// The `temporal` program; nil searches as `TemporalExecutable` says.
        package var executable: String?
        /// Where the database, the log and the remembered ports live; nil keeps everything in memory.
        package var folder: URL?
        /// Created at the start when it is not there, with the server's default retention.
        package var namespace = "default"
        /// 0 takes the port of the last start in the same folder when it is still free, else any free one.
        package var frontendPort = 0
        /// As `frontendPort`; unused when `headless`.
        package var uiPort = 0
        /// Without the web interface.
        package var headless = false
        /// Registered at the start: name and type (`Keyword`, `Bool`, `Int`, …).
        package var searchAttributes: [(name: String, type: String)] = []
        /// The first lifts the server's 50 ms dispatch grid; two make priority and fairness work; the last lets a worker that
        /// stops end its polls without losing the task that one of them was just given.
        package var dynamicConfiguration = [
            "history.transferProcessorMaxPollRPS=2000",
            "matching.useNewMatcher=true",
            "matching.enableFairness=true",
            "frontend.enableCancelWorkerPollsOnShutdown=true",
        ]
        /// Of the server's own log: debug, info, warn, error.
        package var logLevel = "warn"
        /// Between the polite and the hard stop.
        package var grace: Duration = .seconds(10)

        package init(folder: URL? = nil) {
            self.folder = folder
        }
    }
}

extension DevelopmentServer.Configuration {
    func arguments(frontendPort: Int, uiPort: Int?) -> [String] {
        var arguments = [
            "server", "start-dev", "--ip", "127.0.0.1", "--port", String(frontendPort), "--namespace", namespace,
            "--log-level", logLevel,
        ]
        if let uiPort {
            arguments += ["--ui-port", String(uiPort), "--ui-disable-news-fetch"]
        } else {
            arguments.append("--headless")
        }
        if let database { arguments += ["--db-filename", database.path] }
        for attribute in searchAttributes {
            arguments += ["--search-attribute", "\(attribute.name)=\(attribute.type)"]
        }
        for value in dynamicConfiguration { arguments += ["--dynamic-config-value", value] }
        return arguments
    }

    var database: URL? { folder?.appendingPathComponent("temporal.db") }
}
