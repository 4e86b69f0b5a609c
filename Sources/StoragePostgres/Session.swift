import CLibPQ
import Dispatch
import Storage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection to the server. libpq is used without blocking: every wait is a `poll(2)` with a deadline, on the
/// thread of the session's own queue.
///
/// `@unchecked`: used by one thread at a time, that of whoever leased it from the pool.
final class Session: @unchecked Sendable {
    let configuration: PostgresConfiguration
    let queue: DispatchQueue
    let openedAt = ContinuousClock.now
    var usedAt = ContinuousClock.now
    /// Of the caller that has leased the session.
    var interrupt: Interrupt?
    /// Never used again: lost, cancelled in the middle, or in a state nobody knows.
    private(set) var isBroken = false
    /// We stopped waiting for the server.
    private(set) var isAbandoned = false
    /// The first failure of the transaction that is under way.
    private(set) var failure: PostgresFailure?
    /// Asked while the server is silent for longer than a second: whether it is known to be away.
    private let isAway: @Sendable () -> Bool
    private let connection: OpaquePointer
    private let farewell = Farewell()
    private var statements = StatementCache()
    /// What travels together with the next statement, which saves journeys to the server: the transaction's beginning, and
    /// statements whose answer nobody needs.
    private var ahead: [Statement] = []
    /// The transaction's end was sent, and its answer is still to come.
    private var isEnding = false
    /// Of the statements sent together last: how many libpq has taken, and which the server refused.
    private var journey: (sent: Int, refused: Int?) = (0, nil)

    private final class Farewell {
        var isSaid = false
    }

    private struct Statement {
        var sql: String
        var values: [DatabaseValue] = []
        /// Not of those that are prepared: it begins or ends a transaction.
        var isBoundary = false
    }

    /// Connects to the first of the places that can be reached; blocks the calling thread, `timeout` at most. Each gets an
    /// equal share of what is left of it, so that one that does not answer takes the time from no other.
    ///
    /// Throws `unavailable`, `refused` for a configuration that cannot work, `busy` when the server is full.
    static func connected(
        _ configuration: PostgresConfiguration, queue: DispatchQueue, timeout: Duration, interrupt: Interrupt? = nil,
        isAway: @escaping @Sendable () -> Bool = { false }
    ) throws -> Session {
        let end = ContinuousClock.now + timeout
        var places = configuration.places[...]
        while true {
            let place = places.removeFirst()
            do {
                let share = ContinuousClock.now.duration(to: end) / (places.count + 1)
                return try Session(
                    configuration, place, queue: queue, timeout: share, interrupt: interrupt, isAway: isAway)
            } catch let error as StorageError where error.code != .refused && !places.isEmpty {
                continue
            }
        }
    }

    private init(
        _ configuration: PostgresConfiguration, _ place: [String: String], queue: DispatchQueue, timeout: Duration,
        interrupt: Interrupt?, isAway: @escaping @Sendable () -> Bool
    ) throws {
        self.configuration = configuration
        self.queue = queue
        self.interrupt = interrupt
        self.isAway = isAway
        let settings =
            [
                ("fallback_application_name", "workflow-service"), ("keepalives_idle", "30"),
                ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "20000"),
                // After our defaults and before what may not be changed: the last value of a keyword counts.
                ("dbname", configuration.url), ("client_encoding", "UTF8"),
            ] + place.map { ($0.key, $0.value) }
        var keywords = settings.map { UnsafePointer(strdup($0.0)) } + [nil]
        var values = settings.map { UnsafePointer(strdup($0.1)) } + [nil]
        defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
        guard let connection = PQconnectStartParams(&keywords, &values, 1) else {
            throw StorageError(PostgresFailure(connection: nil))
        }
        self.connection = connection
        // By default libpq writes notices to standard error. To an idle session the server says so that it ends it.
        PQsetNoticeReceiver(
            connection,
            { farewell, notice in
                guard let farewell, let notice, let severity = PQresultErrorField(notice, Int32(UInt8(ascii: "V"))),
                    ["FATAL", "PANIC"].contains(String(cString: severity))
                else { return }
                Unmanaged<Farewell>.fromOpaque(farewell).takeUnretainedValue().isSaid = true
            }, Unmanaged.passUnretained(farewell).toOpaque())
        do {
            try connect(until: .now + timeout)
            try prepareSession()
        } catch {
            isBroken = true
            throw error
        }
        usedAt = .now
    }

    deinit { PQfinish(connection) }

    private func connect(until deadline: ContinuousClock.Instant) throws {
        guard PQstatus(connection) != CONNECTION_BAD else { throw StorageError(connectFailure) }
        var state = PGRES_POLLING_WRITING
        while true {
            switch state {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: try wait(for: POLLIN, until: deadline)
            case PGRES_POLLING_WRITING: try wait(for: POLLOUT, until: deadline)
            default: throw StorageError(connectFailure)
            }
            state = PQconnectPoll(connection)
        }
    }

    /// libpq keeps no SQLSTATE of a refused connection, only the server's words, which are translated where the
    /// server's messages are. What is not recognised counts as an outage: it is tried again.
    private var connectFailure: PostgresFailure {
        let failure = PostgresFailure(connection: connection)
        let known: [(state: String, words: [String])] = [
            ("28P01", ["password authentication failed", "no password supplied"]),
            ("28000", ["no pg_hba.conf entry", "role \"", "certificate verify failed", "server certificate"]),
            ("28000", ["root certificate", "does not support SSL"]),
            ("3D000", ["database \""]),
            ("53300", ["too many clients", "too many connections", "remaining connection slots"]),
        ]
        let found = known.first { $0.words.contains(where: failure.message.contains) }
        return PostgresFailure(state: found?.state ?? "", message: failure.message)
    }

    private func prepareSession() throws {
        guard PQsetnonblocking(connection, 1) == 0 else {
            throw StorageError(PostgresFailure(connection: connection))
        }
        let encoding = PQparameterStatus(connection, "server_encoding").map { String(cString: $0) } ?? "unknown"
        guard encoding == "UTF8" else {
            throw StorageError(
                .refused,
                "The database's encoding is \(encoding); it must be UTF8. Make another: "
                    + "createdb --encoding UTF8 --template template0 NAME"
            )
        }
        let statement = configuration.statementTimeout.milliseconds
        try simple(
            """
            SET statement_timeout = \(statement); SET idle_in_transaction_session_timeout = \(statement + 30_000);
            SET bytea_output = hex
            """,
            isInterruptible: false
        )
    }

    /// Whether an idle session still stands, as far as this side of the connection knows.
    var isAlive: Bool {
        guard !isBroken, PQstatus(connection) == CONNECTION_OK else { return false }
        // The answer to a transaction's end may come; whatever else can be read is the session's end, or the reason for it.
        for _ in 0..<4 {
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 0) > 0 else { return true }
            guard PQconsumeInput(connection) == 1, PQstatus(connection) == CONNECTION_OK else { return false }
            while isEnding, PQisBusy(connection) == 0 {
                guard let result = PQgetResult(connection).map(QueryResult.init) else {
                    isEnding = false
                    break
                }
                if result.failure != nil { isBroken = true }
            }
            // Reads what else has come.
            if isBroken || PQisBusy(connection) == 0 && farewell.isSaid { return false }
        }
        return false
    }

    /// Whether the server answers on it, soon.
    var answers: Bool { isAlive && (try? simple("SELECT 1", timeout: .seconds(2), isInterruptible: false)) != nil }

    // MARK: Statements

    /// Runs one statement, prepared at its first use.
    func run(_ sql: String, _ values: [DatabaseValue]) throws -> QueryResult {
        try Parameters.check(values)
        return try run(ahead + [Statement(sql: sql, values: values)], isInterruptible: true)
    }

    /// To be run with the next statement, or with the commit.
    func enqueue(_ sql: String, _ values: [DatabaseValue]) throws {
        try Parameters.check(values)
        ahead.append(Statement(sql: sql, values: values))
    }

    /// What is ahead, and maybe more, all in one journey; the last one's answer, or the first failure, after which none has an
    /// effect.
    private func run(_ statements: [Statement], isInterruptible: Bool) throws -> QueryResult {
        journey = (0, nil)
        let limit = configuration.statementTimeout + Self.grace
        try awaitEnd(within: limit, isInterruptible: isInterruptible)
        let names = try statements.map { $0.isBoundary ? nil : try prepared($0.sql) }
        ahead = []
        let isPipeline = statements.count > 1
        if isPipeline { try send { PQenterPipelineMode(connection) } }
        defer { if isPipeline { PQexitPipelineMode(connection) } }
        for (statement, name) in zip(statements, names) {
            if let name {
                let parameters = Parameters(statement.values)
                try send {
                    PQsendQueryPrepared(
                        connection, name, Int32(clamping: parameters.values.count), parameters.values,
                        parameters.lengths, parameters.formats, 0
                    )
                }
            } else {
                try send { PQsendQueryParams(connection, statement.sql, 0, nil, nil, nil, nil, 0) }
            }
            journey.sent += 1
        }
        if isPipeline { try send { PQpipelineSync(connection) } }
        return try answer(within: limit, isInterruptible: isInterruptible)
    }

    /// Several statements without values; the last one's answer.
    @discardableResult
    func simple(
        _ sql: String, timeout: Duration? = nil, isInterruptible: Bool = true
    ) throws -> QueryResult {
        guard !sql.utf8.contains(0) else { throw StorageError(.invalidText, "A statement holds U+0000.") }
        if !ahead.isEmpty { _ = try run(ahead, isInterruptible: true) }
        let timeout = timeout ?? configuration.statementTimeout + Self.grace
        try awaitEnd(within: timeout, isInterruptible: isInterruptible)
        return try exchange(sql, within: timeout, isInterruptible: isInterruptible)
    }

    private func exchange(_ sql: String, within limit: Duration, isInterruptible: Bool) throws -> QueryResult {
        try send { PQsendQuery(connection, sql) }
        return try answer(within: limit, isInterruptible: isInterruptible)
    }

    /// The server ends a statement that takes too long; we do when the server does not.
    private static let grace: Duration = .seconds(2)

    /// Outside the transaction where that is not open yet.
    private func prepared(_ sql: String) throws -> String {
        if let name = statements.name(of: sql) { return name }
        let limit = configuration.statementTimeout + Self.grace
        let (name, evicted) = statements.reserve()
        if let evicted { _ = try exchange("DEALLOCATE \(evicted)", within: limit, isInterruptible: true) }
        let numbered = Dialect.postgresql.numberingPlaceholders(in: sql)
        guard !numbered.utf8.contains(0) else { throw StorageError(.invalidText, "A statement holds U+0000.") }
        try send { PQsendPrepare(connection, name, numbered, 0, nil) }
        _ = try answer(within: limit, isInterruptible: true)
        statements.insert(name, for: sql)
        return name
    }

    private func send(_ call: () -> Int32) throws {
        guard !isBroken, call() == 1 else { throw lost() }
    }

    /// Flushes what was sent and collects the answers; throws the first failure.
    ///
    /// - Parameter limit: for each answer.
    private func answer(within limit: Duration, isInterruptible: Bool) throws -> QueryResult {
        var deadline = ContinuousClock.now + limit
        while true {
            let left = PQflush(connection)
            guard left >= 0 else { throw lost() }
            if left == 0 { break }
            try wait(for: POLLIN | POLLOUT, until: deadline, isInterruptible: isInterruptible)
            guard PQconsumeInput(connection) == 1 else { throw lost() }
        }
        var last: QueryResult?
        var failure: PostgresFailure?
        var count = 0
        while true {
            while PQisBusy(connection) == 1 {
                try wait(for: POLLIN, until: deadline, isInterruptible: isInterruptible)
                guard PQconsumeInput(connection) == 1 else { throw lost() }
            }
            guard let result = PQgetResult(connection).map(QueryResult.init) else {
                // Of several statements sent together another one's answer follows.
                if PQpipelineStatus(connection) != PQ_PIPELINE_OFF, PQstatus(connection) == CONNECTION_OK { continue }
                break
            }
            if result.endsPipeline { break }
            if failure == nil, let refusal = result.failure {
                failure = refusal
                // What libpq says of a lost connection is nothing that the server has said.
                if !refusal.state.isEmpty { journey.refused = count }
            }
            last = result
            count += 1
            deadline = .now + limit
        }
        if PQstatus(connection) == CONNECTION_BAD { throw lost(failure) }
        if let failure {
            self.failure = self.failure ?? failure
            if failure.isLoss || failure.state == "25006" { isBroken = true }
            throw StorageError(failure)
        }
        guard let last else { throw lost() }
        return last
    }

    private func lost(_ failure: PostgresFailure? = nil) -> StorageError {
        isBroken = true
        let failure = failure ?? PostgresFailure(connection: connection)
        self.failure = PostgresFailure(state: failure.isLoss ? failure.state : "", message: failure.message)
        return StorageError(.unavailable, "The connection to the database was lost.", cause: failure)
    }

    // MARK: Waiting

    /// Until the socket is ready, looking up ten times a second: at the deadline, at the caller, at the pool.
    ///
    /// Whoever gives up leaves the session broken, and tells the server on another thread that the statement is not
    /// wanted any more.
    private func wait(
        for events: Int32, until deadline: ContinuousClock.Instant, isInterruptible: Bool = true
    ) throws {
        let began = ContinuousClock.now
        while true {
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            let now = ContinuousClock.now
            let ready = poll(&descriptor, 1, Int32(clamping: min(max((deadline - now).milliseconds, 0), 100)))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw lost() }
            if isInterruptible, interrupt?.hasFired == true {
                abandon()
                throw CancellationError()
            }
            if now >= deadline {
                abandon()
                throw lost(PostgresFailure("no answer in time"))
            }
            if now - began > .seconds(1), isAway() {
                abandon()
                throw lost(PostgresFailure("the server does not answer anybody"))
            }
        }
    }

    /// One thread for all: `PQcancel` waits for the server, which may not answer at all.
    private static let cancelling = DispatchQueue(label: "storage.postgresql.cancel")

    private func abandon() {
        isBroken = true
        isAbandoned = true
        // While it is connecting there is nothing to cancel.
        guard PQstatus(connection) == CONNECTION_OK, let pointer = PQgetCancel(connection) else { return }
        // Handed over: nobody else has it.
        nonisolated(unsafe) let cancellation = pointer
        Self.cancelling.async {
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(cancellation, &message, Int32(message.count))
            PQfreeCancel(cancellation)
        }
    }

    // MARK: Notifications

    /// What has come on the channels listened to, waiting for the first `timeout` at most.
    func notifications(waiting timeout: Duration) throws -> [String] {
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, Int32(clamping: timeout.milliseconds))
        guard PQconsumeInput(connection) == 1, PQstatus(connection) == CONNECTION_OK else { throw lost() }
        var payloads: [String] = []
        while let notification = PQnotifies(connection) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    // MARK: Transactions

    /// Forgets what the transaction before has left. Nothing is sent yet.
    func beginTransaction(_ sql: String) {
        failure = nil
        ahead = [Statement(sql: sql, isBoundary: true)]
    }

    /// Ends a transaction that has changed nothing, without waiting for the server's word: whoever comes next does.
    func endRead() {
        let isOpen = isOpen
        ahead = []
        guard !isBroken, isOpen else { return }
        isEnding = PQsendQuery(connection, "ROLLBACK") == 1 && PQflush(connection) == 0
        if !isEnding { isBroken = true }
    }

    private func awaitEnd(within limit: Duration, isInterruptible: Bool) throws {
        guard isEnding else { return }
        isEnding = false
        _ = try answer(within: limit, isInterruptible: isInterruptible)
        guard PQtransactionStatus(connection) == PQTRANS_IDLE else { throw lost() }
    }

    /// Leaves the session clean, or broken.
    func rollBack() {
        let isOpen = isOpen
        ahead = []
        guard !isBroken, isOpen else { return }
        do {
            try simple("ROLLBACK", timeout: Self.endTimeout, isInterruptible: false)
            if failure?.isTransient == true, failure?.state != "40001", failure?.state != "40P01" {
                statements.removeAll()
                try simple("DEALLOCATE ALL", timeout: Self.endTimeout, isInterruptible: false)
            }
        } catch {
            isBroken = true
        }
        if PQtransactionStatus(connection) != PQTRANS_IDLE { isBroken = true }
    }

    private static let endTimeout: Duration = .seconds(5)

    /// A transaction begins with its first statement.
    private var isOpen: Bool { ahead.first?.isBoundary != true }

    /// With what was put off until now.
    ///
    /// - Throws: `outcomeUnknown` when the connection is lost before the server's answer.
    func commit() throws {
        if !isOpen, ahead.count == 1 {
            ahead = []
            return
        }
        let statements = ahead + [Statement(sql: "COMMIT", isBoundary: true)]
        do {
            _ = try run(statements, isInterruptible: false)
        } catch {
            let isRefusedBefore = journey.refused.map { $0 < statements.count - 1 } ?? false
            // What came before it failed, or it never left.
            guard isBroken, journey.sent == statements.count, !isRefusedBefore else { throw error }
            throw StorageError(
                .outcomeUnknown, "The database was lost while it stored this; it may be stored or not.", cause: error
            )
        }
    }
}

extension PostgresFailure {
    init(state: String, message: String) {
        self.state = state
        self.message = message
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
