import AI
import Activities
import Foundation
import JSON

/// What a setting's text means: every source (file, environment, flag) gives text, lists with commas between.
struct SettingKind<Value: Sendable>: Sendable {
    /// For messages and the documentation: "a whole number from 0 to 65535".
    let expected: String
    /// nil: the text is none.
    let parse: @Sendable (String) -> Value?
    let json: @Sendable (Value) -> JSONValue
    /// Whether the empty text is a value; else it stands for "not set".
    var takesEmpty = false
}

extension SettingKind {
    /// A value that may be missing.
    var optional: SettingKind<Value?> {
        SettingKind<Value?>(
            expected: expected, parse: { [parse] text in parse(text).map(Optional.some) },
            json: { [json] value in value.map(json) ?? .null }, takesEmpty: takesEmpty)
    }

    /// Several, in order, with commas between.
    static func list<Item>(of kind: SettingKind<Item>) -> Self where Value == [Item] {
        SettingKind(
            expected: "a list with commas between, each \(kind.expected)",
            parse: { text in
                let items = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                let values = items.filter { !$0.isEmpty }.map(kind.parse)
                return values.contains { $0 == nil } ? nil : values.compactMap(\.self)
            },
            json: { values in .array(values.map(kind.json)) }, takesEmpty: true)
    }
}

extension SettingKind where Value == String {
    static var text: Self { described("a text") }
    static var path: Self { described("a path") }

    /// `http://` or `https://` with a host.
    static var address: Self {
        described("an http or https address") { text in
            let url = URL(string: text)
            return ["http", "https"].contains(url?.scheme) && url?.host?.isEmpty == false
        }
    }

    /// Of a web page: an address without a path.
    static var origin: Self {
        described("an origin such as https://example.com, without a path") { text in
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme) else { return false }
            return url.host?.isEmpty == false && url.path.isEmpty && url.query == nil
        }
    }

    /// Lower-case letters, digits and hyphens.
    static var name: Self {
        described("a name of lower-case letters, digits and hyphens") { text in
            text.utf8.count <= 63 && text.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil
        }
    }

    /// What a call may reach in a private network.
    static var destination: Self {
        described("a host, host:port or CIDR block") { AddressPolicy.Rule($0) != nil }
    }

    /// Of calls to AI providers.
    static var callLimit: Self {
        described("a limit such as openai/requests=500, openai/MODEL/tokens=200000 or tenant/at_once=20") {
            CallLimit($0) != nil
        }
    }

    static func described(_ expected: String, _ isValid: @escaping @Sendable (String) -> Bool = { _ in true }) -> Self {
        SettingKind(expected: expected, parse: { isValid($0) ? $0 : nil }, json: { .string($0) })
    }
}

extension SettingKind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let bounds =
            range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        return SettingKind(
            expected: "a whole number \(bounds)",
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }, json: { .integer(Int64($0)) })
    }

    static var port: Self { .integer(0...65535) }

    /// `512KB`, `4MB`, `1GB` (powers of 1,024) or a number of bytes.
    static var bytes: Self {
        SettingKind(
            expected: "a size such as 4MB",
            parse: { text in
                guard let match = text.wholeMatch(of: /([0-9]{1,9})\s*(B|KB|MB|GB)?/.ignoresCase()),
                    let number = Int(match.1)
                else { return nil }
                return switch match.2?.uppercased() {
                case "KB": number << 10
                case "MB": number << 20
                case "GB": number << 30
                default: number
                }
            },
            json: { .integer(Int64($0)) })
    }
}

extension SettingKind where Value == Bool {
    static var bool: Self {
        SettingKind(
            expected: "true or false",
            parse: { ["true": true, "1": true, "false": false, "0": false][$0.lowercased()] }, json: { .bool($0) })
    }
}

extension SettingKind where Value == Duration {
    /// `250ms`, `30s`, `5m`, `12h`, `30d`.
    static var duration: Self {
        SettingKind(
            expected: "a duration such as 250ms, 30s, 5m, 12h or 30d",
            parse: { text in
                guard let match = text.wholeMatch(of: /([0-9]{1,9})\s*(ms|s|m|h|d)/), let number = Int64(match.1) else {
                    return nil
                }
                return switch match.2 {
                case "ms": .milliseconds(number)
                case "m": .seconds(number * 60)
                case "h": .seconds(number * 3600)
                case "d": .seconds(number * 86_400)
                default: .seconds(number)
                }
            },
            json: { .string($0.settingText) })
    }
}

extension SettingKind where Value: RawRepresentable, Value: CaseIterable, Value.RawValue == String {
    /// One of the cases' raw values.
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        return SettingKind(
            expected: "one of \(names.joined(separator: ", "))", parse: { Value(rawValue: $0.lowercased()) },
            json: { .string($0.rawValue) })
    }
}

extension Duration {
    /// In the largest unit that tells it whole: `90s`, `2h`.
    fileprivate var settingText: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds != 0 && milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }
}
