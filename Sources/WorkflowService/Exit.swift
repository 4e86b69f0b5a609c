import ArgumentParser
import Foundation

/// How a command ends; scripts rely on it (docs/cli.md).
enum Exit: Int32 {
    case success = 0
    /// The execution failed, or the service did.
    case failure = 1
    /// The command line, the settings or what was sent is wrong.
    case usage = 2
    case notFound = 3
    /// No valid key, or one that may not.
    case notAllowed = 4
    /// The service does not answer, or asks to come again.
    case unavailable = 5
    /// What was asked for does not fit what is there.
    case conflict = 6

    /// Says what went wrong, and ends the process.
    static func end(_ error: any Error) -> Never {
        switch error {
        case let error as APIError:
            note("error: \(error)")
            exit(error.exitCode.rawValue)
        case let error as SettingsError:
            note("Error: \(error)")
            exit(Exit.usage.rawValue)
        case let code as ExitCode: exit(code.rawValue)
        default:
            let code = WorkflowServiceCommand.exitCode(for: error)
            let text = WorkflowServiceCommand.fullMessage(for: error)
            // Help that was asked for is a result.
            if code == .success { say(text) } else if !text.isEmpty { note(text) }
            exit(code == .validationFailure ? Exit.usage.rawValue : code.rawValue)
        }
    }
}
