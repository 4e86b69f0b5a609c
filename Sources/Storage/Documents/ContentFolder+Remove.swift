import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ContentFolder {
    /// Removes the contents of all scopes that were last placed before `date`; returns how many.
    ///
    /// One that is placed again at this very moment stays: it is taken aside, looked at, and put back.
    func remove(unusedSince date: Date) -> Int {
        let files = FileManager.default
        var removed = 0
        for scope in (try? files.contentsOfDirectory(atPath: root.path)) ?? [] where scope != "tmp" {
            let folder = root.appendingPathComponent(scope)
            for part in (try? files.contentsOfDirectory(atPath: folder.path)) ?? [] {
                let part = folder.appendingPathComponent(part)
                for name in (try? files.contentsOfDirectory(atPath: part.path)) ?? [] {
                    if remove(part.appendingPathComponent(name).path, unusedSince: date) { removed += 1 }
                }
            }
        }
        return removed
    }

    private func remove(_ path: String, unusedSince date: Date) -> Bool {
        guard let used = Self.lastUse(of: path), used < date else { return false }
        // Were we killed here, the sweep at the next start would remove it: it was unused a moment ago.
        let aside = root.appendingPathComponent("tmp").appendingPathComponent(UUID().text).path
        guard rename(path, aside) == 0 else { return false }
        if let used = Self.lastUse(of: aside), used >= date {
            rename(aside, path)
            return false
        }
        unlink(aside)
        return true
    }

    private static func lastUse(of path: String) -> Date? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Date(
            timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1_000_000_000)
    }
}
