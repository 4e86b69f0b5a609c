import ArgumentParser
import Foundation
import JSON

/// The flags of settings; each says in the schema what it does. Texts: the settings check them, whatever their source.
struct SettingOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help:
            "The configuration file; else $WORKFLOW_CONFIG, ./workflow-service.yaml or /etc/workflow-service/config.yaml.",
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String?
    @Option(help: .setting(\.environment)) var environment: String?
    @Option(help: .setting(\.role), completion: .list(ServiceRole.allCases.map(\.rawValue))) var role: String?
    @Option(help: .setting(\.port)) var port: String?
    @Option(help: .setting(\.host)) var host: String?
    @Option(help: .setting(\.monitoringPort)) var monitoringPort: String?
    @Option(help: .setting(\.data), completion: .directory) var data: String?
    @Option(name: .customLong("allow-http"), help: .setting(\.allowedHTTP)) var allowHTTP: [String] = []
    @Option(help: .setting(\.logLevel)) var logLevel: String?
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Any other setting, by its key; repeatable.", valueName: "key=value"))
    var assignments: [String] = []

    /// - Throws: `SettingsError` with everything that is wrong.
    func settings() throws(SettingsError) -> Settings {
        var flags: [String: String] = [:]
        flags["environment"] = environment
        flags["role"] = role
        flags["port"] = port
        flags["host"] = host
        flags["monitoring-port"] = monitoringPort
        flags["data"] = data
        if !allowHTTP.isEmpty { flags["allow-http"] = allowHTTP.joined(separator: ",") }
        flags["log-level"] = logLevel
        return try Settings(
            SettingSources(
                flags: flags, assignments: assignments, file: file,
                environment: ProcessInfo.processInfo.environment))
    }
}

extension ArgumentHelp {
    static func setting<Value>(_ path: KeyPath<SettingSchema, Setting<Value>>) -> ArgumentHelp {
        let setting = SettingSchema.shared[keyPath: path]
        let fallback = setting.defaultJSON.string ?? setting.defaultJSON.serialized()
        return ArgumentHelp("\(setting.summary)\(["null", "[]"].contains(fallback) ? "" : " Default: \(fallback).")")
    }
}
