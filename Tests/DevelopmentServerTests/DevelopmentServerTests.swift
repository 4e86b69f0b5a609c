import DevelopmentServer
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

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
        let pid = try await TemporalServer.with(configuration()) { temporal in
            let pid = try #require(temporal.server.processID)
            #expect(isAlive(pid))
            let port = try #require(Int(temporal.address.split(separator: ":")[1]))
            #expect(temporal.address == "127.0.0.1:\(port)" && LocalPort.accepts(port))
            #expect(temporal.server.uiAddress == nil)
            return pid
        }
        #expect(!isAlive(pid))
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
            let port = try #require(LocalPort.anyFree())
            let orphan = try SpawnedProcess([
                try TemporalExecutable.find(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port",
                "\(port)",
                "--log-level", "error", "--db-filename", folder.appendingPathComponent("temporal.db").path,
            ])
            defer { orphan.end() }
            try await eventually { LocalPort.accepts(port) }
            let startTime = try #require(stat(orphan.pid)?[19])
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            try Data(
                """
                {"frontendPort": \(port), "server":
                 {"pid": \(orphan.pid), "startTime": \(startTime), "boot": "\(boot)\\n"}}
                """.utf8
            ).write(to: folder.appendingPathComponent("server.json"))

            try await TemporalServer.with(configuration(folder)) { temporal in
                #expect(!isAlive(orphan.pid))
                // The dead service's address is taken over: links to its web pages stay good.
                #expect(temporal.address == "127.0.0.1:\(port)")
            }
        }
    }

    @Test func aLaterProcessWithTheOrphansNumberIsLeftAlone() async throws {
        try await withTemporaryFolder { folder in
            let stranger = try SpawnedProcess(["/bin/sleep", "60"])
            defer { stranger.end() }
            try Data(
                """
                {"frontendPort": 1, "server": {"pid": \(stranger.pid), "startTime": 1, "boot": "other"}}
                """.utf8
            ).write(to: folder.appendingPathComponent("server.json"))
            _ = try await DevelopmentServer(configuration(folder), logger: logger)
            #expect(isAlive(stranger.pid))
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

    /// `sleep` stands for the service: it holds the write end of the guardian's input, and is killed with no word.
    @Test func serverEndsWhenItsServiceIsKilled() async throws {
        try await withTemporaryFolder { folder in
            let port = try #require(LocalPort.anyFree())
            let database = folder.appendingPathComponent("temporal.db").path
            let command = Guardian.arguments(
                executable: try TemporalExecutable.find(),
                [
                    "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", "\(port)", "--db-filename",
                    database,
                ]
            )
            let life = Int.random(in: 100_000_000..<900_000_000)
            let service = try SpawnedProcess(["/bin/sh", "-c", "sleep \(life) | sh \"$@\"", "sh"] + command)
            defer { service.end() }
            try await eventually { LocalPort.accepts(port) && !processes(with: database).isEmpty }
            let sleeper = try #require(processes(with: "sleep\0\(life)").first)
            kill(sleeper, SIGKILL)
            try await eventually(timeout: .seconds(15), "the server and its guardian are gone") {
                processes(with: database).isEmpty
            }
        }
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

    @Test func gracefulShutdownOfAServiceGroupLeavesNoProcess() async throws {
        try await withTemporaryFolder { folder in
            let server = try await DevelopmentServer(configuration(folder), logger: logger)
            let group = ServiceGroup(services: [server], gracefulShutdownSignals: [], logger: logger)
            let running = Task { try await group.run() }
            try await server.waitUntilReady()
            let pid = try #require(server.processID)
            await group.triggerGracefulShutdown()
            try await running.value
            #expect(!isAlive(pid) && !server.isReady)
            #expect(processes(with: folder.path).isEmpty)
        }
    }

    @Test func logOfTheServerStaysBounded() async throws {
        try await withTemporaryFolder { folder in
            let log = ServerLog(folder: folder)
            let line = String(repeating: "x", count: 1000)
            for _ in 0..<20_000 { log.append(line) }
            for name in ["server.log", "server.log.1"] {
                let path = folder.appendingPathComponent(name).path
                let size = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
                #expect(size > 0 && size <= Int(ServerLog.limit) + 2000)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
            #expect(log.tail.count == 20)
        }
    }

    @Test func unwritableFolderIsAClearError() async throws {
        let error = await #expect(throws: DevelopmentServerError.self) {
            try await DevelopmentServer(configuration(URL(fileURLWithPath: "/dev/null/data")), logger: logger)
        }
        #expect(error?.code == .folderUnusable)
    }
}
