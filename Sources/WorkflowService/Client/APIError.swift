import JSON

/// What the service answered instead of a result, or that it did not.
struct APIError: Error, CustomStringConvertible {
    /// 0: no answer at all.
    let status: Int
    let message: String
    /// The problem document, where the answer was one.
    let problem: JSONValue?

    init(status: Int, message: String, problem: JSONValue? = nil) {
        self.status = status
        self.message = message
        self.problem = problem
    }

    /// `Invalid input (422 invalid_input)`, the reason, and a line for each place in what was sent.
    var description: String {
        var lines: [String] = []
        if let problem, let title = problem["title"]?.string {
            lines.append(
                "\(title) (\([problem["code"]?.string].compactMap(\.self).reduce("\(status)") { "\($0) \($1)" }))")
            if let detail = problem["detail"]?.string { lines.append("  \(detail)") }
            for error in problem["errors"]?.array ?? [] {
                lines.append("  \(error["pointer"]?.string ?? ""): \(error["message"]?.string ?? "")")
            }
        } else {
            lines.append(message)
        }
        return lines.joined(separator: "\n")
    }

    /// See docs/cli.md.
    var exitCode: Exit {
        switch status {
        case 400, 413, 415, 422: .usage
        case 404, 410: .notFound
        case 401, 403: .notAllowed
        case 409, 412: .conflict
        case 0, 402, 429, 502, 503, 504: .unavailable
        default: .failure
        }
    }
}
