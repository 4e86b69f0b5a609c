import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What a stream leads to: how wide it is, and whether it shows colours.
struct Terminal: Sendable {
    let isInteractive: Bool
    /// nil: a pipe or a file, where nothing is cut.
    let width: Int?
    let height: Int?
    let hasColours: Bool

    /// Standard output.
    static let current = Terminal(STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
    /// Standard error.
    static let error = Terminal(STDERR_FILENO, environment: ProcessInfo.processInfo.environment)

    init(_ descriptor: Int32, environment: [String: String]) {
        let isInteractive = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        self.isInteractive = isInteractive
        hasColours = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        let size = isInteractive ? Self.size(descriptor) : nil
        width = isInteractive ? environment["COLUMNS"].flatMap { Int($0) } ?? size?.columns ?? 80 : nil
        height = size?.rows
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

    private static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
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
