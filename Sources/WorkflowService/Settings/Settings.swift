import Configuration
import JSON

/// The effective settings of a process, each with where it came from.
@dynamicMemberLookup
struct Settings: Sendable {
    struct Entry: Sendable {
        let setting: any AnySetting
        let value: any Sendable
        let json: JSONValue
        /// "default", "environment WORKFLOW_SERVER_PORT", "workflow-service.yaml:12", "flag --port".
        let source: String
    }

    /// By key; settings that nobody set are missing.
    private let entries: [String: Entry]

    /// `settings.port`, typed as its line in `SettingSchema` says.
    subscript<Value>(dynamicMember path: KeyPath<SettingSchema, Setting<Value>>) -> Value {
        let setting = SettingSchema.shared[keyPath: path]
        return entries[setting.key]?.value as? Value ?? setting.fallback
    }

    /// All, in the schema's order.
    var all: [Entry] {
        SettingSchema.all.map {
            entries[$0.key] ?? Entry(setting: $0, value: (), json: $0.defaultJSON, source: "default")
        }
    }

    /// The values that were set, as a room that reads the environment wants them: `TEMPORAL_ADDRESS`, `AI_MODELS_BASIC`.
    var environment: [String: String] {
        entries.values.reduce(into: [:]) { result, entry in
            result[entry.setting.environment] =
                switch entry.json {
                case .string(let text): text
                case .array(let items): items.compactMap(\.string).joined(separator: ",")
                case let other: other.serialized()
                }
        }
    }

    /// Asks the sources for every setting and checks what they say.
    ///
    /// - Throws: `SettingsError` with everything that is wrong, not only the first.
    init(_ sources: SettingSources) throws(SettingsError) {
        var problems = sources.unknown()
        let base = sources.layers(profile: nil)
        let profile = Self.text(SettingSchema.shared.environment, base)?.text
        problems += sources.problems(ofProfile: profile)
        let layers = sources.layers(profile: profile)
        var entries: [String: Entry] = [:]
        for setting in SettingSchema.all {
            guard let (text, layer) = Self.text(setting, layers) else { continue }
            let source = layer.source(setting)
            guard let (value, json) = setting.read(text) else {
                let shown = setting.isSecret ? "the value" : "\"\(text.prefix(60))\""
                problems.append("\(setting.key): \(shown) is not \(setting.expected) (\(source))")
                continue
            }
            entries[setting.key] = Entry(setting: setting, value: value, json: json, source: source)
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        self.entries = entries
    }

    /// What the highest layer that knows the setting says.
    private static func text(_ setting: any AnySetting, _ layers: [SettingLayer]) -> (text: String, SettingLayer)? {
        for layer in layers {
            let found = try? layer.provider.value(forKey: AbsoluteConfigKey([setting.key]), type: .string).value
            guard case .string(let text) = found?.content, setting.takesEmpty || !text.isEmpty else { continue }
            return (text, layer)
        }
        return nil
    }
}

/// One source of settings: a provider that is asked by key, and how it names the place of a value.
struct SettingLayer: Sendable {
    let provider: any ConfigProvider
    let source: @Sendable (any AnySetting) -> String
}

/// Everything that is wrong with the settings.
struct SettingsError: Error, CustomStringConvertible {
    let problems: [String]

    var description: String {
        guard problems.count > 1 else { return "The settings are wrong: \(problems.first ?? "")" }
        return "The settings are wrong:\n" + problems.map { "  \($0)" }.joined(separator: "\n")
    }
}
