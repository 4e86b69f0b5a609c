import Foundation
import Storage
import Temporal

extension EncryptionKeys {
    /// The keys of a file that its owner alone may read. Errors name the line, never its content.
    init(file: URL) throws(StartupError) {
        let keys = KeyFile(url: file, purpose: "encryption keys")
        do {
            try self.init(parsing: keys.text())
        } catch let error as TemporalError {
            throw keys.refused(error.message)
        } catch let error as StartupError {
            throw error
        } catch {
            throw keys.refused("\(error)")
        }
    }
}

extension SecretBox {
    /// As `EncryptionKeys(file:)`.
    init(file: URL) throws(StartupError) {
        let keys = KeyFile(url: file, purpose: "keys of the secrets")
        do {
            try self.init(parsing: keys.text())
        } catch let error as StorageError {
            throw keys.refused(error.message)
        } catch let error as StartupError {
            throw error
        } catch {
            throw keys.refused("\(error)")
        }
    }
}

/// A file with keys, which nobody but its owner may read.
private struct KeyFile {
    let url: URL
    let purpose: String

    func refused(_ reason: String) -> StartupError { StartupError("The \(purpose) in \(url.path): \(reason).") }

    func text() throws(StartupError) -> String {
        let attributes: [FileAttributeKey: Any]
        do {
            attributes = try FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)
        } catch {
            throw refused("there is no such file, or it may not be read")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular, let mode = attributes[.posixPermissions] as? Int,
            let size = attributes[.size] as? Int, size <= 1 << 16
        else { throw refused("this is no file of at most 64 KiB") }
        guard mode & 0o077 == 0 else {
            throw refused("others may read it (mode \(String(mode, radix: 8))); make it its owner's alone: chmod 600")
        }
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw refused("it cannot be read as UTF-8 text")
        }
        return text
    }
}
