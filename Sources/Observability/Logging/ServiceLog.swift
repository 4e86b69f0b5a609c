import Foundation
import Glibc
package import Logging

/// The process's log: lines for whoever runs the service go to standard error, and lines of an execution are kept for its
/// tenant as well.
package final class ServiceLog: Sendable {
    package struct Configuration: Sendable {
        package var level: Logger.Level
        /// nil: readable lines for a terminal, JSON for everything else.
        package var format: LogFormat?
        package var personalData: PersonalData

        package init(level: Logger.Level = .notice, format: LogFormat? = nil, personalData: PersonalData = .masked) {
            self.level = level
            self.format = format
            self.personalData = personalData
        }
    }

    package let levels: LogLevels
    /// Lines on their way into the database; `ExecutionLogWriter` takes them.
    package let executions = ExecutionLogQueue()
    let redactor: Redactor
    private let format: LogFormat
    private let stream: LogStream

    /// - Parameter descriptor: standard error.
    package init(_ configuration: Configuration, descriptor: Int32 = 2, redactor: Redactor = .shared) {
        levels = LogLevels(configuration.level)
        let format = configuration.format ?? (isatty(descriptor) == 1 ? .text : .json)
        self.format = format
        self.redactor = redactor
        redactor.personalData = configuration.personalData
        stream = LogStream(descriptor: descriptor) { dropped in
            ServiceMetrics.shared.linesDropped(dropped, at: "stream")
            return format.line(
                LogEntry(
                    time: Date(), level: .warning, message: "Lines were logged too fast to be written",
                    fields: [("dropped", String(dropped))]))
        }
    }

    package func logger(label: String) -> Logger {
        Logger(label: label) { _ in ServiceLogHandler(log: self) }
    }

    /// Makes it the log of every library of the process. Once a process, before anything logs.
    package func bootstrap() {
        LoggingSystem.bootstrap({ _, _ in ServiceLogHandler(log: self) }, metadataProvider: nil)
    }

    /// Waits for what is still to be written; for the end of the process.
    package func flush() { stream.flush() }

    /// The lowest level that any line is wanted at.
    var level: Logger.Level { min(levels.level, Self.kept) }

    /// Lines of executions are kept from here on, whatever the stream shows; more when the stream shows more.
    private static let kept = Logger.Level.info

    func write(_ event: LogEvent, _ metadata: Logger.Metadata) {
        let correlation = Correlation.current
        let toStream = event.level >= levels.level
        let execution = correlation.execution ?? Self.execution(metadata)
        guard toStream || execution != nil else { return }

        var fields: [(name: String, value: String)] = []
        correlation.forEachField { name, value in if metadata[name] == nil { fields.append((name, value)) } }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            fields.append((name, bounded(redactor.redact("\(value)", of: name))))
        }
        if let error = event.error { fields.append(("error", bounded(redactor.redact(describe(error))))) }
        let entry = LogEntry(
            time: Date(), level: event.level, message: bounded(redactor.redact(event.message.description)),
            fields: fields, execution: execution
        )
        if toStream {
            stream.write(format.line(entry))
            if event.level >= .warning { ServiceMetrics.shared.logged(event.level.rawValue) }
        }
        if execution != nil { executions.add(entry.forTenant) }
    }

    /// The worker names runs by Temporal's workflow id, which is the execution's id where the service started it.
    private static func execution(_ metadata: Logger.Metadata) -> UUID? {
        guard case .string(let id) = metadata["workflow-id"] else { return nil }
        return UUID(uuidString: id)
    }

    private func bounded(_ text: String) -> String {
        guard text.utf8.count > Self.longest else { return text }
        return String(decoding: text.utf8.prefix(Self.longest), as: UTF8.self) + "…"
    }

    /// Of a message or a field, in bytes.
    private static let longest = 8 << 10
}

/// swift-log's handler of `ServiceLog`.
struct ServiceLogHandler: LogHandler {
    let log: ServiceLog
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private var ownLevel: Logger.Level?

    init(log: ServiceLog) { self.log = log }

    /// The service's, which may change at any time, unless this logger was given one of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? log.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        log.write(event, all)
    }
}

/// An error as logs tell it: with its causes, where its type knows them.
func describe(_ error: any Error) -> String {
    let value: Any = error
    return (value as? any CustomDebugStringConvertible)?.debugDescription ?? "\(error)"
}

extension Logger.MetadataValue {
    /// An error with its causes. Not for tenants: a cause may tell what is inside.
    package static func cause(_ error: any Error) -> Logger.MetadataValue { .string(describe(error)) }
}
