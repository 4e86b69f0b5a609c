import DevelopmentServer
import Foundation
import Logging
import Testing
import TestSupport

#if canImport(Glibc)
import Glibc
#endif

private let logger = Logger(label: "development-server-tests") { _ in SwiftLogNoOpLogHandler() }

@Suite(.timeLimit(.minutes(3)))
struct DevelopmentServerTests {
    private func configuration(_ folder: URL? = nil) -> DevelopmentServer.Configuration {
        var configuration = DevelopmentServer.Configuration.forTests
        configuration.folder = folder
        return configuration
    }

    @Test func startsReadyAndLeavesNoProcess() async throws {
        let (pid, port) = try await TemporalServer.with(configuration()) { temporal in
            let pid = try #require(temporal.server.processID)
            #expect(isAlive(pid))
            let port = try #require(Int(temporal.address.split(separator: ":")[1]))
            #expect(temporal.address.hasPrefix("127.0.0.1:"))
            #expect(temporal.server.uiAddress == nil)
            #expect(LocalPort.accepts(port))
            return (pid, port)
        }
        #expect(!isAlive(pid))
        #expect(!LocalPort.accepts(port), "\(holders(of: port))")
    }

    @Test func killedServerIsRestartedWithItsDatabaseAndPorts() async throws {
        try await withTemporaryFolder { folder in
            try await TemporalServer.with(configuration(folder)) { temporal in
                let first = try #require(temporal.server.processID)
                let database = folder.appendingPathComponent("temporal.db").path
                let size = try #require(FileManager.default.attributesOfItem(atPath: database)[.size] as? Int)
                #expect(size > 0)
                kill(first, SIGKILL)
                try await eventually(timeout: .seconds(30), "restarted") {
                    let pid = temporal.server.processID
                    return pid != nil && pid != first
                }
                let second = try #require(temporal.server.processID)
                #expect(isAlive(second) && !isAlive(first))
                #expect(try String(contentsOfFile: "/proc/\(second)/cmdline", encoding: .utf8).contains(database))
            }
        }
    }

    @Test func portsSurviveARestartOfTheService() async throws {
        try await withTemporaryFolder { folder in
            var withUI = configuration(folder)
            withUI.headless = false
            let addresses = { @Sendable (temporal: TemporalServer) in
                [temporal.server.address, temporal.server.uiAddress ?? "none"]
            }
            let first = try await TemporalServer.with(withUI) { addresses($0) }
            let second = try await TemporalServer.with(withUI) { addresses($0) }
            #expect(first == second)
            #expect(first[1].hasPrefix("http://127.0.0.1:"))
        }
    }

    @Test func orphanOfAKilledServiceIsStoppedBeforeAnotherStarts() async throws {
        try await withTemporaryFolder { folder in
            let orphan = Process()
            orphan.executableURL = URL(fileURLWithPath: try TemporalExecutable.find())
            let port = try #require(LocalPort.anyFree())
            orphan.arguments = [
                "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", "\(port)", "--log-level", "error",
                "--db-filename", folder.appendingPathComponent("temporal.db").path,
            ]
            orphan.standardOutput = FileHandle.nullDevice
            orphan.standardError = FileHandle.nullDevice
            try orphan.run()
            defer { if orphan.isRunning { kill(orphan.processIdentifier, SIGKILL) } }
            try await eventually { LocalPort.accepts(port) }
            let startTime = try #require(stat(orphan.processIdentifier)?[19])
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            try Data(
                """
                {"frontendPort": \(port), "server":
                 {"pid": \(orphan.processIdentifier), "startTime": \(startTime), "boot": "\(boot)\\n"}}
                """.utf8
            ).write(to: folder.appendingPathComponent("server.json"))

            try await TemporalServer.with(configuration(folder)) { temporal in
                #expect(!orphan.isRunning)
                // The dead service's address is taken over: links to its web pages stay good.
                #expect(temporal.address == "127.0.0.1:\(port)")
            }
        }
    }

    @Test func aLaterProcessWithTheOrphansNumberIsLeftAlone() async throws {
        try await withTemporaryFolder { folder in
            let stranger = Process()
            stranger.executableURL = URL(fileURLWithPath: "/bin/sleep")
            stranger.arguments = ["60"]
            try stranger.run()
            defer { kill(stranger.processIdentifier, SIGKILL) }
            try Data(
                """
                {"frontendPort": 1, "server": {"pid": \(stranger.processIdentifier), "startTime": 1, "boot": "other"}}
                """.utf8
            ).write(to: folder.appendingPathComponent("server.json"))
            _ = try await DevelopmentServer(configuration(folder), logger: logger)
            #expect(stranger.isRunning)
        }
    }

    @Test func guardianKilledStillLeavesNoServer() async throws {
        let (first, second) = try await TemporalServer.with(configuration()) { temporal in
            let server = try #require(temporal.server.processID)
            let guardian = try #require(parent(of: server))
            #expect(guardian != getpid())
            kill(guardian, SIGKILL)
            try await eventually(timeout: .seconds(30), "restarted") {
                let pid = temporal.server.processID
                return pid != nil && pid != server
            }
            #expect(!isAlive(server))
            return (server, try #require(temporal.server.processID))
        }
        #expect(!isAlive(first) && !isAlive(second))
    }

    @Test func secondServiceOnTheSameFolderIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let holder = try await DevelopmentServer(configuration(folder), logger: logger)
            await #expect(throws: DevelopmentServerError.self) {
                try await DevelopmentServer(configuration(folder), logger: logger)
            }
            _ = holder.address
        }
    }

    @Test func missingProgramSaysWhatToInstall() async throws {
        let error = #expect(throws: DevelopmentServerError.self) {
            try TemporalExecutable.find(environment: ["PATH": "/nowhere"], near: ["/nowhere/at/all"])
        }
        #expect(error?.code == .executableMissing)
        #expect(error?.message.contains("make setup") == true)
    }

    @Test func serverThatCannotStartFailsWithItsLastLines() async throws {
        var broken = configuration()
        broken.searchAttributes = [(name: "TenantId", type: "NoSuchType")]
        let server = try await DevelopmentServer(broken, logger: logger)
        let error = await #expect(throws: DevelopmentServerError.self) { try await server.run() }
        #expect(error?.message.contains("NoSuchType") == true, "\(String(describing: error))")
        await #expect(throws: DevelopmentServerError.self) { try await server.waitUntilReady() }
    }

    @Test func unwritableFolderIsAClearError() async throws {
        let error = await #expect(throws: DevelopmentServerError.self) {
            try await DevelopmentServer(configuration(URL(fileURLWithPath: "/dev/null/data")), logger: logger)
        }
        #expect(error?.code == .folderUnusable)
    }
}

/// Fields 3 and on of `/proc/PID/stat`: state, parent, ….
private func stat(_ pid: Int32) -> [Substring]? {
    try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ")").last?.split(separator: " ")
}

/// A zombie, which nobody may have reaped yet, is dead.
private func isAlive(_ pid: Int32) -> Bool { stat(pid).map { $0[0] != "Z" } ?? false }

private func parent(of pid: Int32) -> Int32? { stat(pid).flatMap { Int32($0[1]) } }

private func holders(of port: Int) -> String {
    let ss = Process()
    let pipe = Pipe()
    ss.executableURL = URL(fileURLWithPath: "/bin/sh")
    ss.arguments = ["-c", "grep -i ':\(String(port, radix: 16))' /proc/net/tcp; ss -ltnp | grep \(port)"]
    ss.standardOutput = pipe
    try? ss.run()
    ss.waitUntilExit()
    return String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
}
