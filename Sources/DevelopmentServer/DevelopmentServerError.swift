/// Why the development server cannot run; the message tells the operator what to do.
package struct DevelopmentServerError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        case executableMissing
        case folderUnusable
        /// Another live process supervises a server on the same folder.
        case folderInUse
        case portTaken
        case notReady
        case stopped
    }

    package let code: Code
    package let message: String

    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
