import Foundation
import TestSupport
import Testing

/// `backup` of folders that change, and one that does not succeed.
@Suite(.timeLimit(.minutes(2)))
struct BackupTests {
    private static func backup(_ data: URL, to copy: URL, _ flags: String...) async throws -> CommandResult {
        try await run(Package.program.path, ["backup", copy.path, "--data", data.path] + flags)
    }

    @Test func whatVanishesMeanwhileIsLeftOut() async throws {
        try await withTemporaryFolder { folder in
            let (data, copy) = (folder.appending(path: "data"), folder.appending(path: "copy"))
            let files = FileManager.default
            for path in ["documents/erased/ab", "documents/kept/ab", "documents/tmp"] {
                try files.createDirectory(at: data.appending(path: path), withIntermediateDirectories: true)
            }
            for number in 0..<8_000 {
                let file = data.appending(path: "documents/erased/ab/\(number)").path
                try #require(files.createFile(atPath: file, contents: Data("x".utf8)))
            }
            for path in ["documents/kept/ab/file", "documents/tmp/upload", "operator-key"] {
                try Data("text".utf8).write(to: data.appending(path: path))
            }
            async let made = Self.backup(data, to: copy, "--no-database")
            try await eventually(timeout: .seconds(30), every: .milliseconds(1), "it has begun") {
                let begun = try? files.contentsOfDirectory(atPath: copy.appending(path: "documents/erased/ab").path)
                return begun?.isEmpty == false
            }
            try files.removeItem(at: data.appending(path: "documents/erased"))
            let result = try await made
            #expect(result.status == 0, "\(result)")
            let copied = try files.subpathsOfDirectory(atPath: copy.path).filter { !$0.hasPrefix("documents/erased") }
            #expect(
                copied.sorted() == [
                    "documents", "documents/kept", "documents/kept/ab", "documents/kept/ab/file", "operator-key",
                ])
        }
    }

    @Test func oneThatFailsLeavesNothingAndCanBeRepeated() async throws {
        try await withTemporaryFolder { folder in
            let (data, copy) = (folder.appending(path: "data"), folder.appending(path: "copy"))
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            let database = data.appending(path: "workflow-service.db")
            try Data(repeating: 0x61, count: 10_000).write(to: database)
            let damaged = try await Self.backup(data, to: copy)
            #expect(damaged.status != 0, "\(damaged)")
            #expect(!FileManager.default.fileExists(atPath: copy.path))
            try FileManager.default.removeItem(at: database)
            let missing = try await Self.backup(data, to: copy)
            #expect(missing.status != 0 && missing.error.contains("holds no database"), "\(missing)")
            let made = try await Self.backup(data, to: copy, "--no-database")
            #expect(made.status == 0, "\(made)")
        }
    }
}
