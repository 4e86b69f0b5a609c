import Foundation
import Temporal

extension EncryptionKeys {
    /// The keys of a file that its owner alone may read. Errors name the line, never its content.
    init(file: URL) throws(StartupError) {
        func refused(_ reason: String) -> StartupError {
            StartupError("The encryption keys in \(file.path): \(reason).")
        }
        let attributes: [FileAttributeKey: Any]
        do {
            attributes = try FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
        } catch {
            throw refused("there is no such file, or it may not be read")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular, let mode = attributes[.posixPermissions] as? Int,
            let size = attributes[.size] as? Int, size <= 1 << 16
        else { throw refused("this is no file of at most 64 KiB") }
        guard mode & 0o077 == 0 else {
            throw refused("others may read it (mode \(String(mode, radix: 8))); make it its owner's alone: chmod 600")
        }
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw refused("it cannot be read as UTF-8 text")
        }
        do {
            try self.init(parsing: text)
        } catch {
            throw refused(error.message)
        }
    }
}
