import Configuration
import Foundation
import WorkflowDefinition

/// Where settings come from: flags, the environment, a file with its profiles; in falling precedence.
struct SettingSources: Sendable {
    /// Flags of their own, and `--set KEY=VALUE`, both by key.
    struct Flag: Sendable {
        var text: String
        /// `--port`, `--set`.
        var name: String
    }

    private let flags: [String: Flag]
    /// What `--set` named and nobody knows, and texts without `=`.
    private let mistakes: [String]
    private let environment: [String: String]
    /// By key: secrets whose file was named.
    private let secretFiles: [String: Result<String, SettingsError>]
    private let file: SettingsFile?

    /// Names beside the settings' own: where to find the file, and what the commands that call a service read.
    static let otherNames = ["WORKFLOW_CONFIG"] + ClientVariable.allCases.map(\.rawValue)
    /// Looked for in this order where no file is named.
    static let usualFiles = ["workflow-service.yaml", "/etc/workflow-service/config.yaml"]

    /// - Parameters:
    ///   - flags: by the flag's name without hyphens; `assignments` are the texts of `--set`.
    ///   - file: of `--config`; else `WORKFLOW_CONFIG`, else the first of the usual ones that exists.
    init(
        flags: [String: String] = [:], assignments: [String] = [], file: String? = nil, environment: [String: String]
    ) throws(SettingsError) {
        self.environment = environment
        var known: [String: Flag] = [:]
        var mistakes: [String] = []
        for text in assignments {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                mistakes.append("--set \(text): expected KEY=VALUE")
                continue
            }
            guard let setting = SettingSchema.byKey[parts[0]] else {
                mistakes.append(
                    "--set \(parts[0]): there is no such setting\(suggestion(parts[0], SettingSchema.byKey.keys))")
                continue
            }
            guard !setting.isSecret else {
                mistakes.append(
                    "--set \(parts[0]): other users see arguments; give secrets by \(setting.environment)_FILE")
                continue
            }
            known[parts[0]] = Flag(text: parts[1], name: "--set")
        }
        for setting in SettingSchema.all {
            if let flag = setting.flag, let text = flags[flag] {
                known[setting.key] = Flag(text: text, name: "--\(flag)")
            }
        }
        self.flags = known
        self.mistakes = mistakes
        secretFiles = SettingSchema.all.filter(\.isSecret).reduce(into: [:]) { result, setting in
            guard let path = environment["\(setting.environment)_FILE"], !path.isEmpty else { return }
            result[setting.key] = Result { () throws(SettingsError) in try readSecret(path, setting) }
        }
        self.file = try Self.file(named: file ?? environment["WORKFLOW_CONFIG"].flatMap { $0.isEmpty ? nil : $0 })
    }

    /// The highest first.
    func layers(profile: String?) -> [SettingLayer] {
        var layers = [
            SettingLayer(provider: memory("flags", flags.mapValues(\.text))) { [flags] in
                "flag \(flags[$0.key]?.name ?? "")"
            },
            SettingLayer(provider: environmentProvider) { "environment \($0.environment)" },
            SettingLayer(provider: memory("secret files", secretFiles.compactMapValues { try? $0.get() })) {
                "environment \($0.environment)_FILE"
            },
        ]
        if let file {
            if let profile { layers.append(file.layer(profile: profile)) }
            layers.append(file.layer(profile: nil))
        }
        if let profile {
            let namespace = "\(SettingSchema.shared.temporalNamespace.fallback)-\(profile)"
            layers.append(
                SettingLayer(provider: memory("environment's defaults", ["temporal.namespace": namespace])) { _ in
                    "default of the environment \(profile)"
                })
        }
        return layers
    }

    /// What sources hold that nobody knows.
    func unknown() -> [String] {
        let names = SettingSchema.all.flatMap {
            $0.isSecret ? [$0.environment, "\($0.environment)_FILE"] : [$0.environment]
        }
        let known = Set(names + Self.otherNames)
        let strange = environment.filter {
            $0.key.hasPrefix("WORKFLOW_") && !known.contains($0.key) && !isServiceLink($0)
        }
        // Names that others use too are left alone, but for those that are one letter from ours.
        let typos = environment.keys.sorted().filter { !$0.hasPrefix("WORKFLOW_") && !known.contains($0) }
            .compactMap { name in nearest(name, in: names, within: 1).map { (name, $0) } }
        return mistakes
            + typos.map { "\($0): there is no such setting; did you mean \($1)? (environment)" }
            + strange.keys.sorted().map { "\($0): there is no such setting\(suggestion($0, known)) (environment)" }
            + secretFiles.values.compactMap { if case .failure(let error) = $0 { error.problems.first } else { nil } }
            + (file?.unknown ?? [])
    }

    /// A profile must stand in the file, when the file has any.
    func problems(ofProfile profile: String?) -> [String] {
        guard let profile, let file, !file.profiles.isEmpty, !file.profiles.contains(profile) else { return [] }
        return [
            "environment: \(file.path) has no environment \(profile)\(suggestion(profile, file.profiles)); it has "
                + listed(file.profiles.sorted())
        ]
    }

    private var environmentProvider: some ConfigProvider {
        EnvironmentVariablesProvider(
            environmentVariables: environment,
            secretsSpecifier: .specific(Set(SettingSchema.all.filter(\.isSecret).map(\.environment)))
        ).mapKeys { key in
            let setting = key.components.first.flatMap { SettingSchema.byKey[$0] }
            return AbsoluteConfigKey([setting?.environment.lowercased() ?? ""])
        }
    }

    private static func file(named name: String?) throws(SettingsError) -> SettingsFile? {
        if let name { return try SettingsFile(path: name) }
        guard let found = usualFiles.first(where: { FileManager.default.fileExists(atPath: $0) }) else { return nil }
        return try SettingsFile(path: found)
    }
}

/// What Kubernetes puts into the environment of a container beside a service whose name begins with "workflow".
private func isServiceLink(_ variable: (key: String, value: String)) -> Bool {
    variable.key.hasSuffix("_SERVICE_HOST") || variable.key.contains("_SERVICE_PORT")
        || variable.key.wholeMatch(of: /.*_PORT(_[0-9]+_(TCP|UDP|SCTP).*)?/) != nil && variable.value.contains("://")
        || variable.key.wholeMatch(of: /.*_PORT_[0-9]+_(TCP|UDP|SCTP)_(ADDR|PORT|PROTO)/) != nil
}

func readSecret(_ path: String, _ setting: any AnySetting) throws(SettingsError) -> String {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 16,
        let text = String(validating: data, as: UTF8.self)
    else {
        throw SettingsError(problems: [
            "\(setting.environment)_FILE: \(path) cannot be read as a text of at most 64 KiB"
        ])
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// "; did you mean server.port?", or nothing.
func suggestion(_ name: String, _ known: some Sequence<String>) -> String {
    nearest(name, in: known.sorted()).map { "; did you mean \($0)?" } ?? ""
}

func memory(_ name: String, _ values: [String: String]) -> InMemoryProvider {
    InMemoryProvider(
        name: name,
        values: Dictionary(
            uniqueKeysWithValues: values.map {
                (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
            }))
}
