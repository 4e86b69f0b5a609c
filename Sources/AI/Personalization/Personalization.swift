package import JSON

/// A template that is written anew for one reader: what of it must stay, and how it is filled without a model.
package struct Personalization: Sendable {
    private let template: String
    private let kept: Kept

    package init(_ template: String) {
        self.template = template
        kept = Kept(template)
    }

    /// What of a model's text breaks the template; empty when all placeholders and links are there, as often as in the
    /// template, and no others. A link that a profile smuggled in is refused like one that was lost.
    package func violations(of answer: String) -> [String] {
        let given = Kept(answer)
        var violations: [String] = []
        for (mark, count) in kept.counts.sorted(by: { $0.key < $1.key }) {
            let found = given.counts[mark] ?? 0
            if found < count { violations.append("lacks \(mark.debugDescription) of the template") }
            if found > count { violations.append("repeats \(mark.debugDescription)") }
        }
        for mark in given.counts.keys.sorted() where kept.counts[mark] == nil {
            violations.append("has \(mark.debugDescription), which is not in the template")
        }
        if violations.isEmpty, given.positional != kept.positional {
            violations.append("changes the order of \(kept.positional.joined(separator: ", "))")
        }
        return violations
    }

    /// The marks of a text.
    private struct Kept: Sendable {
        var counts: [String: Int] = [:]
        var positional: [String] = []

        init(_ text: String) {
            let found = TemplateMarks(text)
            for mark in found.marks {
                let text = found.text(of: mark)
                counts[text, default: 0] += 1
                if case .positional = mark.kind { positional.append(text) }
            }
        }
    }

    /// The template with the fields that the profile knows. A field stays as it is where the profile says nothing, or
    /// nothing that a line of text could hold safely; so do links, whose parts would have to be encoded.
    ///
    /// Confidence is the share of the fields that were filled; 0 without any.
    package func filled(from profile: JSONValue) -> (text: String, confidence: Double) {
        let found = TemplateMarks(template)
        let fields = ProfileFields(profile)
        var text = ""
        var end = 0
        var (known, all) = (0.0, 0.0)
        for mark in found.marks {
            guard case .placeholder(let name) = mark.kind else { continue }
            all += 1
            guard let value = fields[name] else { continue }
            known += 1
            text += found.text(of: end..<mark.range.lowerBound) + value
            end = mark.range.upperBound
        }
        text += found.text(of: end..<found.count)
        return (text, all == 0 ? 0 : (known / all * 1000).rounded() / 1000)
    }
}

/// A profile's values by the names that templates use: `first_name`, `firstName`, `First Name`, `user.first-name`.
private struct ProfileFields {
    private var values: [String: String] = [:]

    init(_ profile: JSONValue) {
        add(profile, path: "", depth: 0)
    }

    subscript(name: String) -> String? {
        let path = name.split(separator: ".").map { Self.normal(String($0)) }
        guard let first = path.first else { return nil }
        if let value = values[path.joined(separator: ".")] { return value }
        guard path.count > 1, Self.subjects.contains(first) else { return nil }
        return values[path.dropFirst().joined(separator: ".")]
    }

    /// The first of two names that read alike counts.
    private mutating func add(_ value: JSONValue, path: String, depth: Int) {
        switch value {
        case .object(let members):
            guard depth < 8 else { return }
            for (name, value) in members {
                let name = Self.normal(name)
                guard !name.isEmpty else { continue }
                add(value, path: path.isEmpty ? name : "\(path).\(name)", depth: depth + 1)
            }
        case .string(let text) where Self.isSafe(text): set(path, text)
        case .integer, .double: set(path, value.serialized())
        default: break
        }
    }

    private mutating func set(_ path: String, _ text: String) {
        if values[path] == nil { values[path] = text }
    }

    private static func normal(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// One short line without anything that markup or a template language would read.
    private static func isSafe(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 200
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && scalar.value != 0x7F && !"<>&\"{}[]$%|`\\".unicodeScalars.contains(scalar)
                    && scalar.properties.generalCategory != .control
                    && scalar.properties.generalCategory != .lineSeparator
                    && scalar.properties.generalCategory != .paragraphSeparator
            }
            && TemplateMarks(text).marks.isEmpty
    }

    private static let subjects: Set<String> = [
        "user", "profile", "customer", "contact", "recipient", "reader", "member", "person", "subscriber",
    ]
}
