import Crypto
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder of immutable files named by their SHA-256, apart for each scope (a tenant, a namespace).
///
/// A content is written under `tmp/`, synced, and renamed into place: a file at its final name is whole, whenever we
/// were killed. A writer holds a lock on its temporary file, so the sweep at the start removes exactly those of dead
/// writers, also when several processes share the folder.
struct ContentFolder: Sendable {
    let root: URL
    private var temporary: URL { root.appendingPathComponent("tmp") }

    init(_ root: URL) throws(StorageError) {
        self.root = root
        do {
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        } catch {
            throw StorageError(.unavailable, "The document folder cannot be made.", cause: error)
        }
        guard access(temporary.path, W_OK) == 0 else {
            throw StorageError(.unavailable, "The document folder cannot be written.")
        }
        sweep()
    }

    private func sweep() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: temporary.path)) ?? [] {
            let path = temporary.appendingPathComponent(name).path
            let file = open(path, O_RDWR | O_CLOEXEC)
            guard file >= 0 else { continue }
            if flock(file, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
            close(file)
        }
    }

    func file(_ digest: ContentDigest, scope: ContentScope) -> URL {
        folder(digest, scope).appendingPathComponent(digest.rawValue)
    }

    private func folder(_ digest: ContentDigest, _ scope: ContentScope) -> URL {
        root.appendingPathComponent(scope.name).appendingPathComponent(String(digest.rawValue.prefix(2)))
    }

    /// Everything of a scope, at once and for good.
    func erase(scope: ContentScope) throws(StorageError) {
        let target = root.appendingPathComponent(scope.name)
        guard FileManager.default.fileExists(atPath: target.path) else { return }
        do {
            try FileManager.default.removeItem(at: target)
        } catch {
            throw StorageError(.unavailable, "The document folder cannot be written.", cause: error)
        }
    }

    func writer() throws(StorageError) -> Writer {
        try Writer(temporary.appendingPathComponent(UUID().text).path)
    }

    /// Moves a finished content to its name; one that is there already is left as it is, but used now.
    func place(_ content: Writer.Content, scope: ContentScope) throws(StorageError) {
        let folder = folder(content.digest, scope)
        let target = file(content.digest, scope: scope).path
        var status = stat()
        if stat(target, &status) == 0, Int64(status.st_size) == content.size,
            utimensat(AT_FDCWD, target, nil, 0) == 0
        {
            unlink(content.path)
            return
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw StorageError(.unavailable, "The document folder cannot be written.", cause: error)
        }
        // The writer removes its file when it goes, so it must outlast the move.
        let moved = withExtendedLifetime(content.writer) { rename(content.path, target) }
        guard moved == 0 else { throw .fileProblem(errno) }
        let directory = open(folder.path, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw .fileProblem(errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .fileProblem(errno) }
    }

    /// One content being written. Calls must not overlap; dropped before its content was placed, it leaves nothing.
    final class Writer: Sendable {
        struct Content: Sendable {
            let writer: Writer
            let path: String
            let digest: ContentDigest
            let size: Int64
        }

        private struct State {
            var hash = SHA256()
            var size: Int64 = 0
        }

        private let path: String
        private let file: Int32
        private let state = Mutex(State())

        fileprivate init(_ path: String) throws(StorageError) {
            self.path = path
            file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw .fileProblem(errno) }
            flock(file, LOCK_EX)
        }

        deinit {
            unlink(path)
            close(file)
        }

        func append(_ bytes: [UInt8]) throws {
            state.withLock { state in
                state.hash.update(data: bytes)
                state.size += Int64(bytes.count)
            }
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes {
                    write(file, $0.baseAddress?.advanced(by: written), $0.count - written)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw StorageError.fileProblem(errno) }
                written += count
            }
        }

        /// The content is on the disk when this returns.
        func finish() throws(StorageError) -> Content {
            guard fsync(file) == 0 else { throw .fileProblem(errno) }
            let (hash, size) = state.withLock { ($0.hash, $0.size) }
            return Content(writer: self, path: path, digest: ContentDigest(hash.finalize()), size: size)
        }
    }
}

/// Keeps contents apart: a tenant's id or a namespace. Letters, digits, `.`, `_` and `-`, no dot in front.
struct ContentScope: Sendable, Hashable {
    let name: String

    init(_ name: String) throws(StorageError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        guard allowed, (1...200).contains(name.utf8.count), !name.hasPrefix("."), name != "tmp" else {
            throw StorageError(.invalidText, "This name cannot be used for storing contents.")
        }
        self.name = name
    }

    init(tenant: UUID) { name = tenant.text }
}

extension StorageError {
    static func fileProblem(_ number: Int32) -> StorageError {
        StorageError(.unavailable, "A file could not be written or read: \(String(cString: strerror(number))).")
    }
}
