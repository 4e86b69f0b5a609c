/// A Gherkin feature, as far as the conformance test kit uses the language: scenarios of steps, each with an optional
/// text between `"""` lines.
struct Feature {
    struct Scenario {
        var name: String
        var steps: [Step]
    }

    struct Step {
        /// Without its keyword.
        var text: String
        var document: String?
    }

    var scenarios: [Scenario] = []

    init(_ text: String) {
        var document: (indentation: Int, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop { $0 == " " }
            if trimmed.hasPrefix("\"\"\"") {
                guard let open = document else {
                    document = (line.count - trimmed.count, [])
                    continue
                }
                let lines = open.lines.map { line in
                    line.dropFirst(min(open.indentation, line.prefix { $0 == " " }.count))
                }
                if let last = scenarios.indices.last, let step = scenarios[last].steps.indices.last {
                    scenarios[last].steps[step].document = lines.joined(separator: "\n")
                }
                document = nil
            } else if document != nil {
                document?.lines.append(line)
            } else if trimmed.hasPrefix("Scenario:") {
                scenarios.append(Scenario(name: Self.trimmed(trimmed.dropFirst(9)), steps: []))
            } else if let last = scenarios.indices.last,
                let keyword = ["Given ", "When ", "Then ", "And "].first(where: { trimmed.hasPrefix($0) })
            {
                scenarios[last].steps.append(Step(text: Self.trimmed(trimmed.dropFirst(keyword.count))))
            }
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
