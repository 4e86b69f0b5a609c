import Foundation
import Synchronization

/// A small file that an operator may change while we run. It is compared by its content, so that links, mounts and renames
/// are all the same.
final class WatchedFile: Sendable {
    let path: String
    private let maximumBytes: Int
    private let last = Mutex<[UInt8]?>(nil)

    init(path: String, maximumBytes: Int) {
        self.path = path
        self.maximumBytes = maximumBytes
    }

    func read() throws -> [UInt8] {
        let bytes = try content()
        last.withLock { $0 = bytes }
        return bytes
    }

    private func content() throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let data = try handle.read(upToCount: maximumBytes + 1) ?? Data()
        guard data.count <= maximumBytes else { throw CocoaError(.fileReadTooLarge) }
        return Array(data)
    }

    /// Tells of changes until the task is cancelled. A file that cannot be read, perhaps while it is being replaced, has not
    /// changed.
    func changes(every interval: Duration = .seconds(2), _ tell: () async -> Void) async {
        while (try? await Task.sleep(for: interval)) != nil {
            guard let now = try? content(), last.withLock({ $0 != now }) else { continue }
            last.withLock { $0 = now }
            await tell()
        }
    }
}
