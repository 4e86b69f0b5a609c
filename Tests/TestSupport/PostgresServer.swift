import CLibPQ
package import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A private PostgreSQL server from Debian's binaries, as an unprivileged user, for as long as this process lives.
///
/// A shell guards it: it holds the reading end of a pipe of ours, and when that ends, however we ended, it stops the
/// server and removes its folder.
package final class PostgresServer: Sendable {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Certificate and key of the server, for TLS.
    package struct TLS: Sendable {
        package let certificate: URL
        package let key: URL

        package init(certificate: URL, key: URL) {
            self.certificate = certificate
            self.key = key
        }
    }

    package static let password = "pass-word of tests/1"
    package let port: Int
    private let folder: URL
    private let guardian = Mutex<(process: ServiceProcess, pipe: Int32)?>(nil)

    // MARK: Lifecycle

    private static let sharedServer = Mutex<Task<PostgresServer, any Error>?>(nil)

    /// One per test process, started at the first call.
    package static func shared() async throws -> PostgresServer {
        let starting = sharedServer.withLock { task in
            let starting =
                task
                ?? Task.detached {
                    let server = try await PostgresServer()
                    print("PostgreSQL \(try await server.execute("SHOW server_version").first ?? "of no version")")
                    return server
                }
            task = starting
            return starting
        }
        return try await starting.value
    }

    /// Starts a server of the caller's own and stops it afterwards.
    package static func with<Result: Sendable>(
        tls: TLS? = nil, settings: [String] = [], _ body: (PostgresServer) async throws -> Result
    ) async throws -> Result {
        let server = try await PostgresServer(tls: tls, settings: settings)
        do {
            let result = try await body(server)
            await server.end()
            return result
        } catch {
            await server.end()
            throw error
        }
    }

    /// Of Debian's installations 15, which the service is promised to run on, or the newest.
    package static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap(Int.init)
        let installed = versions.filter { FileManager.default.isExecutableFile(atPath: "\(root)/\($0)/bin/initdb") }
        return (installed.contains(15) ? 15 : installed.max()).map { "\(root)/\($0)/bin" }
    }()

    /// The server and its tools refuse to run as root.
    private static let unprivileged =
        geteuid() == 0 ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] : []

    private init(tls: TLS? = nil, settings: [String] = []) async throws {
        guard let binaries = Self.binaries else {
            throw Failed(description: "PostgreSQL's server is not installed: scripts/setup test")
        }
        folder = FileManager.default.temporaryDirectory.appending(
            path: "workflow-service-postgresql-\(UUID().uuidString)")
        port = try Self.freePort()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let passwordFile = folder.appending(path: "password")
        try Data("\(Self.password)\n".utf8).write(to: passwordFile)
        var configuration = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = ''", "fsync = off",
            "full_page_writes = off", "max_connections = 150", "shared_buffers = 64MB",
            "dynamic_shared_memory_type = posix",
            "log_min_messages = warning", "deadlock_timeout = 100ms",
        ]
        if let tls {
            let (certificate, key) = (folder.appending(path: "server.crt"), folder.appending(path: "server.key"))
            try FileManager.default.copyItem(at: tls.certificate, to: certificate)
            try FileManager.default.copyItem(at: tls.key, to: key)
            chmod(key.path, 0o600)
            configuration += ["ssl = on", "ssl_cert_file = '\(certificate.path)'", "ssl_key_file = '\(key.path)'"]
        }
        try Data((configuration + settings).joined(separator: "\n").utf8)
            .write(to: folder.appending(path: "extra.conf"))
        if geteuid() == 0, let user = getpwnam("nobody") {
            for path in ["", "password", "server.crt", "server.key", "extra.conf"] {
                chown(folder.appending(path: path).path, user.pointee.pw_uid, user.pointee.pw_gid)
            }
        }
        try await Self.run(
            Self.unprivileged + [
                "\(binaries)/initdb", "-D", data, "--no-sync", "--auth=scram-sha-256", "--pwfile=\(passwordFile.path)",
                "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
            ], output: folder.appending(path: "initdb.log"))
        try await Self.run(
            Self.unprivileged + [
                "sh", "-c", "echo \"include '\(folder.path)/extra.conf'\" >> '\(data)/postgresql.conf'",
            ],
            output: folder.appending(path: "initdb.log"))
        try await start()
    }

    private var data: String { folder.appending(path: "data").path }

    /// Starts it (again) and waits until it takes connections.
    package func start() async throws {
        guard let binaries = Self.binaries else { return }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed(description: "no pipe: \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process = try ServiceProcess(
            Self.unprivileged + [
                "sh", "-c",
                """
                '\(binaries)/postgres' -D '\(data)' < /dev/null >> '\(folder.path)/server.log' 2>&1 & server=$!
                read line
                kill -QUIT $server; kill -CONT $server; wait
                [ "$line" = stop ] || rm -rf '\(folder.path)'/*
                """,
            ], input: ends[0], output: folder.appending(path: "guardian.log"))
        close(ends[0])
        guardian.withLock { $0 = (process, ends[1]) }
        let deadline = ContinuousClock.now + .seconds(30)
        while PQping(url()) != PQPING_OK {
            guard ContinuousClock.now < deadline, process.ended == nil else {
                throw Failed(description: "PostgreSQL does not start: \(log)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// As a crash: connections are cut, nothing is finished. Returns when the server is gone.
    package func stop() async {
        guard
            let (process, pipe) = guardian.withLock({ state in
                defer { state = nil }
                return state
            })
        else { return }
        // A child of ours may have inherited the end: a line says the same as its closing.
        _ = write(pipe, "stop\n", 5)
        close(pipe)
        while process.ended == nil { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// Stops all of the server's processes, or lets them go on: to its clients it is silent meanwhile.
    package func pause(_ isPaused: Bool) {
        let pid = (try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8))?
            .split(separator: "\n").first.flatMap { Int32($0) }
        guard let pid else { return }
        let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        for process in [pid] + children.split(separator: " ").compactMap({ Int32($0) }) {
            kill(process, isPaused ? SIGSTOP : SIGCONT)
        }
    }

    private func end() async {
        await stop()
        try? FileManager.default.removeItem(at: folder)
    }

    package var log: String {
        (try? String(contentsOf: folder.appending(path: "server.log"), encoding: .utf8)) ?? ""
    }

    // MARK: Databases

    /// With user and password.
    package func url(_ database: String = "postgres", options: String = "") -> String {
        let password = Self.password.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "postgresql://postgres:\(password)@127.0.0.1:\(port)/\(database)\(options)"
    }

    /// A new empty database, or a copy of another.
    package func makeDatabase(template: String = "template0") async throws -> String {
        let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
        try await execute("CREATE DATABASE \(name) TEMPLATE \(template)")
        return name
    }

    package func drop(_ database: String) async throws {
        try await execute("DROP DATABASE IF EXISTS \(database) WITH (FORCE)")
    }

    /// Outside of a transaction, as the superuser; returns the first column of the answer.
    @discardableResult
    package func execute(_ sql: String, database: String = "postgres") async throws -> [String] {
        let url = url(database)
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let connection = PQconnectdb(url)
                        defer { PQfinish(connection) }
                        let result = PQexec(connection, sql)
                        defer { PQclear(result) }
                        guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
                            throw Failed(description: String(cString: PQerrorMessage(connection)))
                        }
                        return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
                    })
            }
        }
    }

    // MARK: Processes

    /// Throws when the command fails, with what it said.
    package static func run(_ command: [String], output: URL) async throws {
        let status = try await ServiceProcess(command, output: output).waitUntilEnded()
        guard status == 0 else {
            let said = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            throw Failed(description: "\(command.joined(separator: " ")) failed: \(said)")
        }
    }

    /// Free a moment ago.
    package static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw Failed(description: "no free port: \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
