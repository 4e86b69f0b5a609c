import Foundation
import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// The folder that holds the files of a service and, where it is embedded, all its state.
final class DataFolder: Sendable {
    let url: URL
    private let lock: Int32

    /// - Parameter isExclusive: for this process alone, because an embedded server or SQLite lies in it; else other
    ///   processes share it.
    /// - Throws: `StartupError` when the folder cannot be made or another service uses it.
    init(_ url: URL, isExclusive: Bool) throws(StartupError) {
        self.url = url
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw StartupError("The data folder \(url.path) cannot be made: \(error.localizedDescription)")
        }
        // Close-on-exec, so that no child keeps the lock of a service that died.
        lock = open(url.appendingPathComponent("lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw StartupError("The data folder \(url.path) is not writable.") }
        // Not every network volume knows locks; who shares one does without.
        guard flock(lock, (isExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || (!isExclusive && errno != EWOULDBLOCK)
        else {
            throw StartupError("Another service uses the data folder \(url.path). Give this one another: --data DIR.")
        }
    }

    deinit { close(lock) }

    static func database(in folder: URL) -> URL { folder.appendingPathComponent("workflow-service.db") }

    var database: URL { Self.database(in: url) }
    var documents: URL { url.appendingPathComponent("documents") }
    var payloads: URL { url.appendingPathComponent("payloads") }
    var histories: URL { url.appendingPathComponent("histories") }
    var temporal: URL { url.appendingPathComponent("temporal") }
    private var apiKey: URL { url.appendingPathComponent("api-key") }
    private var operatorKeyFile: URL { url.appendingPathComponent("operator-key") }

    func write(apiKey key: String) throws { try write(key, to: apiKey) }

    /// The operator's key, made on the first start; who wants another writes it into the file.
    func operatorKey() throws -> String {
        if !FileManager.default.fileExists(atPath: operatorKeyFile.path) {
            try writeOnce(OperatorKey.make(), to: operatorKeyFile)
        }
        let key = try keyFile(operatorKeyFile.path)
        guard key.utf8.count >= 32 else {
            throw StartupError(
                "\(operatorKeyFile.path) holds no key: it must have at least 32 characters. Remove the file to get a new one."
            )
        }
        return key
    }

    /// The keys that encrypt secrets at rest, made on the first start: see `SecretBox(parsing:)`.
    func secretKeys() throws -> URL {
        let file = url.appendingPathComponent("secret-keys")
        if !FileManager.default.fileExists(atPath: file.path) {
            try writeOnce(SecretBox.makeKeyLine(id: "k1"), to: file)
        }
        return file
    }

    /// Leaves the file of another process that was quicker; nobody ever reads half of one.
    private func writeOnce(_ key: String, to url: URL) throws {
        let draft = self.url.appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
        try write(key, to: draft)
        defer { unlink(draft.path) }
        guard link(draft.path, url.path) == 0 || errno == EEXIST else {
            throw StartupError("\(url.path) cannot be written.")
        }
    }

    /// Readable by the owner alone.
    private func write(_ key: String, to url: URL) throws {
        let file = open(url.path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StartupError("\(url.path) cannot be written.") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data("\(key)\n".utf8))
    }
}

/// Why the service cannot start, in words for the person who starts it.
struct StartupError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
