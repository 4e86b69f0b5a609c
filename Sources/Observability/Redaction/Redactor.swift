import Foundation
import JSON
import Synchronization

/// Takes secrets out of what is logged: keys and tokens by their form, passwords by their place, and every value that was
/// `add`ed; personal data as configured. All rooms log through it, so none has to think of it.
///
/// A text that holds nothing of the kind comes back as it is, after one look at each byte.
package final class Redactor: Sendable {
    /// The process's own.
    package static let shared = Redactor()

    /// What stands in a secret's place.
    package static let mark = "[redacted]"
    /// Of values that are looked for: a shorter one would hit ordinary words.
    private static let shortestValue = 6
    private static let maximumValues = 3_000

    struct Rules: Sendable {
        var personalData = PersonalData.masked
        var values = SecretValues()
    }

    private let rules: Mutex<Rules>

    package init(personalData: PersonalData = .masked) { rules = Mutex(Rules(personalData: personalData)) }

    package var personalData: PersonalData {
        get { rules.withLock { $0.personalData } }
        set { rules.withLock { $0.personalData = newValue } }
    }

    /// Keeps a value out of every line from now on, also as JSON and URLs write it. Values of fewer than 6 bytes are not
    /// looked for; past 3,000 those are forgotten that were added longest ago.
    package func add(_ secret: String) {
        // Without the quotes.
        let json = Array(JSONValue.string(secret).serializedBytes().dropFirst().dropLast())
        let forms = Set([Array(secret.utf8), json, Array(Self.asURL(secret).utf8)])
            .filter { $0.count >= Self.shortestValue }
        guard !forms.isEmpty else { return }
        rules.withLock { rules in
            for form in forms { rules.values.add(form, maximum: Self.maximumValues) }
        }
    }

    package func redact(_ text: String) -> String { redact(text, everyNumber: false) }

    /// A text that an AI model read or wrote: at most `limit` bytes of it, without numbers that look like a telephone's; nil
    /// where such texts are not to be logged.
    package func redactedTalk(_ text: String, limit: Int = 4_096) -> String? {
        let personalData = personalData
        guard personalData != .none else { return nil }
        // A secret that the cut goes through would no longer be found.
        let redacted = redact(String(decoding: text.utf8.prefix(2 * limit), as: UTF8.self), everyNumber: true)
        guard redacted.utf8.count > limit || text.utf8.count > 2 * limit else { return redacted }
        return String(decoding: redacted.utf8.prefix(limit), as: UTF8.self) + "… (\(text.utf8.count) bytes)"
    }

    /// The value of a named field: a name such as `password` says enough.
    package func redact(_ value: String, of name: String) -> String {
        Self.isSensitive(Array(name.utf8)) ? Self.mark : redact(value)
    }

    private func redact(_ text: String, everyNumber: Bool) -> String {
        let rules = rules.withLock { $0 }
        var text = text
        return text.withUTF8 { bytes in
            var scanner = SecretScanner(bytes: bytes, rules: rules, everyNumber: everyNumber)
            return scanner.redacted()
        } ?? text
    }

    private static func asURL(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
            ?? text
    }

    /// `password`, `db_password`, `X-Api-Key`, …; not `max_tokens`.
    static func isSensitive(_ name: [UInt8]) -> Bool {
        guard name.count >= 3, name.count <= 100 else { return false }
        let text = String(
            decoding: name.map { byte -> UInt8 in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
                case UInt8(ascii: "-"): UInt8(ascii: "_")
                default: byte
                }
            }, as: UTF8.self)
        return sensitiveEndings.contains { text.hasSuffix($0) }
    }

    private static let sensitiveEndings = [
        "password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "access_key", "private_key",
        "authorization", "credential", "credentials",
    ]
}

/// Values to look for, found by their first bytes.
struct SecretValues: Sendable {
    /// One bit a pair of first bytes, so that almost every place is dismissed at once.
    private(set) var pairs: [UInt64] = []
    private var byStart: [UInt32: [[UInt8]]] = [:]
    /// When each was added last.
    private var ages: [[UInt8]: UInt64] = [:]
    private var clock: UInt64 = 0

    /// Past the maximum those go that were added longest ago.
    mutating func add(_ value: [UInt8], maximum: Int) {
        clock += 1
        guard ages.updateValue(clock, forKey: value) == nil else { return }
        guard ages.count > maximum else { return index(value) }
        for old in ages.sorted(by: { $0.value < $1.value }).prefix(maximum / 10) { ages[old.key] = nil }
        (pairs, byStart) = ([], [:])
        for value in ages.keys { index(value) }
    }

    private mutating func index(_ value: [UInt8]) {
        if pairs.isEmpty { pairs = Array(repeating: 0, count: 1024) }
        let pair = Int(value[0]) << 8 | Int(value[1])
        pairs[pair >> 6] |= 1 << UInt64(pair & 63)
        // The longest first: one may begin with another.
        byStart[Self.start(value[0], value[1], value[2], value[3]), default: []].append(value)
        byStart[Self.start(value[0], value[1], value[2], value[3])]?.sort { $0.count > $1.count }
    }

    /// The length of the value that begins here.
    func match(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
        guard index + 4 <= bytes.count else { return nil }
        let pair = Int(bytes[index]) << 8 | Int(bytes[index + 1])
        guard pairs[pair >> 6] & (1 << UInt64(pair & 63)) != 0,
            let values = byStart[Self.start(bytes[index], bytes[index + 1], bytes[index + 2], bytes[index + 3])]
        else { return nil }
        return values.first { value in
            index + value.count <= bytes.count && bytes[index..<index + value.count].elementsEqual(value)
        }?.count
    }

    private static func start(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> UInt32 {
        UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }
}
