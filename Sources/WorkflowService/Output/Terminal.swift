import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What standard output is: how wide, and whether it shows colours.
struct Terminal: Sendable {
    let isInteractive: Bool
    /// nil: a pipe or a file, where nothing is cut.
    let width: Int?
    let hasColours: Bool

    static let current = Terminal(
        isInteractive: isatty(STDOUT_FILENO) == 1, environment: ProcessInfo.processInfo.environment)

    init(isInteractive: Bool, environment: [String: String]) {
        let isInteractive = isInteractive && environment["TERM"] != "dumb"
        self.isInteractive = isInteractive
        hasColours = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        width = isInteractive ? environment["COLUMNS"].flatMap { Int($0) } ?? Self.columns() : nil
    }

    func coloured(_ text: String, _ colour: Colour?) -> String {
        guard hasColours, let colour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case grey = 90
        case bold = 1
    }

    private static func columns() -> Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

extension Terminal.Colour {
    /// Of an execution's or a step's status.
    init?(status: String) {
        switch status {
        case "completed", "delivered", "active": self = .green
        case "failed", "timed_out", "terminated": self = .red
        case "cancelled", "paused", "suspended": self = .yellow
        case "running", "pending": self = .blue
        default: return nil
        }
    }
}
