import CLibPQ
package import Storage

/// Where the server is and how long anybody waits for it.
package struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// As libpq reads it, TLS (`sslmode`, `sslrootcert`, …) included. Holds the password: never printed.
    let url: String
    /// Host and database, for people.
    package let description: String
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
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.url = url
        let host = values["host"] ?? values["hostaddr"] ?? "localhost"
        description = "\(host)\(values["port"].map { ":\($0)" } ?? "")/\(values["dbname"] ?? "")"
    }

    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
