import JSON

extension Settings {
    /// Key, value and source of each; secrets masked.
    var report: JSONValue {
        .array(
            all.map { entry in
                [
                    "key": .string(entry.setting.key), "value": entry.shown, "source": .string(entry.source),
                    "environment": .string(entry.setting.environment),
                ]
            })
    }

    var table: String {
        TextTable(
            columns: [.init("SETTING"), .init("VALUE"), .init("SOURCE")],
            rows: all.map { [$0.setting.key, $0.shown.plain, $0.source] }
        ).rendered()
    }
}

extension Settings.Entry {
    /// nil values as null, secrets as stars.
    var shown: JSONValue { setting.isSecret && !json.isNull ? "********" : json }
}

extension JSONValue {
    /// For a table: texts without quotes, lists with commas, nothing for null.
    var plain: String {
        switch self {
        case .null: "–"
        case .string(let text): text
        case .array(let items) where items.allSatisfy { $0.array == nil && $0.object == nil }:
            items.isEmpty ? "–" : items.map(\.plain).joined(separator: ", ")
        default: serialized()
        }
    }
}

extension SettingSchema {
    /// The table of docs/configuration.md.
    static var documentation: String {
        var lines = ["| setting | environment, flag | default | what |", "|---|---|---|---|"]
        for setting in all {
            let names = ["`\(setting.environment)`"] + (setting.flag.map { ["`--\($0)`"] } ?? [])
            let fallback = setting.defaultJSON.plain
            let secret = setting.isSecret ? " Secret: `\(setting.environment)_FILE` names a file that holds it." : ""
            lines.append(
                "| `\(setting.key)` | \(names.joined(separator: "<br>")) | \(fallback == "–" ? "–" : "`\(fallback)`") | \(setting.summary) Takes \(setting.expected).\(secret) |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
