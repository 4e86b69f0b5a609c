import JQ
import JSON

/// A case of jq's own suite: a program, an input, and one expected result a line; or a program that must not compile.
struct SuiteCase {
    let file: String
    let line: Int
    let program: String
    let input: String
    let expected: [String]
    let mustNotCompile: Bool

    static func parse(_ text: String, file: String) -> [SuiteCase] {
        var cases: [SuiteCase] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var index = 0
        func takeBlock() -> [String] {
            var block: [String] = []
            while index < lines.count, !lines[index].isEmpty {
                if !lines[index].hasPrefix("#") { block.append(lines[index]) }
                index += 1
            }
            return block
        }
        while index < lines.count {
            let start = index + 1
            let block = takeBlock()
            index += 1
            guard let program = block.first else { continue }
            if program.hasPrefix("%%FAIL") {
                guard block.count > 1 else { continue }
                cases.append(
                    SuiteCase(
                        file: file, line: start, program: block[1], input: "", expected: [], mustNotCompile: true))
            } else {
                guard block.count > 1 else { continue }
                // One input has a byte order mark, which jq skips.
                let input = block[1].unicodeScalars.drop { $0 == "\u{FEFF}" }
                cases.append(
                    SuiteCase(
                        file: file, line: start, program: program, input: String(input),
                        expected: Array(block.dropFirst(2)), mustNotCompile: false))
            }
        }
        return cases
    }

    /// nil when it passes.
    func failure() -> String? {
        if mustNotCompile {
            do {
                _ = try JQProgram(compiling: program)
                return "compiles"
            } catch {
                return nil
            }
        }
        do {
            let wanted = try expected.map { try JSONValue(parsing: $0) }
            let input = try JSONValue(parsing: input)
            let results: [JSONValue]
            do {
                results = try JQProgram(compiling: program).evaluate(input)
            } catch {
                // An error ends the results; what came before it has to be right.
                guard case .runtime = error.kind else { throw error }
                let limited = try JQProgram(compiling: "limit(\(wanted.count); \(program))")
                results = try limited.evaluate(input)
            }
            return results == wanted ? nil : "gives \(results) instead of \(wanted)"
        } catch {
            return "\(error)"
        }
    }
}
