import JSON

/// One setting: its names, what its text means, and what it does. `SettingSchema` lists all.
struct Setting<Value: Sendable>: Sendable {
    /// In the file and with `--set`: `server.port`.
    let key: String
    let kind: SettingKind<Value>
    let fallback: Value
    /// `WORKFLOW_SERVER_PORT`, unless the world already has a name for it.
    let environment: String
    /// A flag of its own: `port` for `--port`.
    let flag: String?
    /// Masked wherever settings are shown; takes a file's path under the name with `_FILE`.
    let isSecret: Bool
    let summary: String

    init(
        _ key: String, _ kind: SettingKind<Value>, default fallback: Value, environment: String? = nil,
        flag: String? = nil, secret: Bool = false, _ summary: String
    ) {
        self.key = key
        self.kind = kind
        self.fallback = fallback
        self.environment =
            environment ?? "WORKFLOW_" + key.uppercased().replacing(".", with: "_").replacing("-", with: "_")
        self.flag = flag
        self.isSecret = secret
        self.summary = summary
    }

    /// A setting that may be missing.
    init<Wrapped>(
        _ key: String, _ kind: SettingKind<Wrapped>, environment: String? = nil, flag: String? = nil,
        secret: Bool = false, _ summary: String
    ) where Value == Wrapped? {
        self.init(
            key, kind.optional, default: nil, environment: environment, flag: flag, secret: secret, summary)
    }
}

/// A setting of any type, for what treats them all alike: reading, showing, documenting.
protocol AnySetting: Sendable {
    var key: String { get }
    var environment: String { get }
    var flag: String? { get }
    var isSecret: Bool { get }
    var summary: String { get }
    var expected: String { get }
    var takesEmpty: Bool { get }
    var defaultJSON: JSONValue { get }

    /// The value and its JSON; nil when the text is none.
    func read(_ text: String) -> (value: any Sendable, json: JSONValue)?
}

extension Setting: AnySetting {
    var expected: String { kind.expected }
    var takesEmpty: Bool { kind.takesEmpty }
    var defaultJSON: JSONValue { kind.json(fallback) }

    func read(_ text: String) -> (value: any Sendable, json: JSONValue)? {
        kind.parse(text).map { ($0, kind.json($0)) }
    }
}
