import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The server's folder: `temporal.db`, `server.json` (what runs there, and its ports), `server.log`, `lock`.
///
/// Holding a value means holding the lock, which the kernel frees however we end. Two servers on one database corrupt
/// each other, so the lock comes first, and a server that outlived its supervisor is stopped before another starts.
final class DataFolder: Sendable {
    struct Record: Codable, Equatable {
        var frontendPort: Int
        var uiPort: Int?
        var server: ProcessIdentity?
    }

    let url: URL
    private let lock: Int32

    init(_ url: URL) throws(DevelopmentServerError) {
        self.url = url
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw DevelopmentServerError(
                .folderUnusable, "The folder \(url.path) cannot be made: \(error.localizedDescription)")
        }
        let path = url.appendingPathComponent("lock").path
        lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw DevelopmentServerError(
                .folderUnusable, "The folder \(url.path) cannot be written: \(String(cString: strerror(errno)))"
            )
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw DevelopmentServerError(
                .folderInUse,
                "Another running service uses \(url.path). Stop it, or name another data folder."
            )
        }
    }

    deinit { close(lock) }

    private var recordURL: URL { url.appendingPathComponent("server.json") }

    var record: Record? {
        guard let data = try? Data(contentsOf: recordURL) else { return nil }
        return try? JSONDecoder().decode(Record.self, from: data)
    }

    func write(_ record: Record) throws(DevelopmentServerError) {
        do {
            try JSONEncoder().encode(record).write(to: recordURL, options: .atomic)
        } catch {
            throw DevelopmentServerError(
                .folderUnusable, "\(recordURL.path) cannot be written: \(error.localizedDescription)"
            )
        }
    }
}
