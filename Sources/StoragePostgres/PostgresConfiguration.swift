import CLibPQ
package import Storage

/// Where the server is and how long anybody waits for it.
package struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// As libpq reads it, TLS (`sslmode`, `sslrootcert`, …) included. Holds the password: never printed.
    let url: String
    /// Host and database, for people.
    package let description: String
    /// One address each, in order: `postgresql://a,b/…` names two. libpq would wait for the first for as long as it is given.
    let places: [[String: String]]
    /// At once, besides the one that listens for notifications.
    package var maximumConnections = 10
    /// For a free connection when all are in use.
    package var acquireTimeout: Duration = .seconds(5)
    package var connectTimeout: Duration = .seconds(5)
    /// For one statement; the server is told too.
    package var statementTimeout: Duration = .seconds(30)
    /// A connection is replaced after so long, so that a load balancer's or a failover's news are heard.
    package var maximumLifetime: Duration = .seconds(1800)

    /// `postgresql://user:password@host:port/database?sslmode=verify-full`; what is left out comes from libpq's own
    /// environment (`PGPASSWORD`, `PGSSLROOTCERT`, …).
    ///
    /// Throws `refused` for anything else. libpq's own message is not shown: it may quote the password.
    package init(url: String) throws(StorageError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://"), !url.utf8.contains(0),
            let options = PQconninfoParse(url, nil)
        else {
            throw StorageError(
                .refused,
                "The database's address cannot be read. It must look like postgresql://user@host:5432/database; "
                    + "percent-encode special characters of the password."
            )
        }
        let values = Self.values(options)
        let inherited = PQconndefaults().map { Self.values($0) } ?? [:]
        self.url = url
        places = Self.places(values.merging(inherited) { given, _ in given })
        let host = values["host"] ?? values["hostaddr"] ?? "localhost"
        description = "\(host)\(values["port"].map { ":\($0)" } ?? "")/\(values["dbname"] ?? "")"
    }

    /// Frees the options.
    private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// One, which overrides nothing, where the lists cannot be told apart: libpq says what is wrong with them.
    private static func places(_ values: [String: String]) -> [[String: String]] {
        func list(_ keyword: String) -> [String] {
            values[keyword]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        }
        let lists = ["host": list("host"), "hostaddr": list("hostaddr")].filter { !$0.value.isEmpty }
        var ports = list("port")
        let count = lists.values.map(\.count).max() ?? 1
        if ports.count == 1 { ports = Array(repeating: ports[0], count: count) }
        let all = lists.merging(ports.isEmpty ? [:] : ["port": ports]) { $1 }
        guard count > 1, all.values.allSatisfy({ $0.count == count && !$0.contains("") }) else { return [[:]] }
        return (0..<count).map { index in all.mapValues { $0[index] } }
    }

    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
