import Storage

/// How a body becomes a transaction.
enum Transaction: String {
    case read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    case write = "BEGIN ISOLATION LEVEL READ COMMITTED"

    /// The connection went away while nothing was committed: another session may run the body again.
    struct LostBeforeCommit: Error {
        let error: any Error
    }

    private static let attempts = 10

    func run<Result>(_ body: (any Connection) throws -> Result, on session: Session) throws -> Result {
        var attempt = 1
        while true {
            do {
                return try once(body, session)
            } catch {
                guard !session.isBroken, session.failure?.isTransient == true, attempt < Self.attempts else {
                    throw error
                }
                // Who met in a deadlock meets no second time.
                Pause.sleep(.milliseconds(Int.random(in: 1...(10 << min(attempt, 5)))))
                attempt += 1
            }
        }
    }

    private func once<Result>(_ body: (any Connection) throws -> Result, _ session: Session) throws -> Result {
        let result: Result
        do {
            session.beginTransaction(rawValue)
            result = try body(PostgresConnection(session: session, isReadOnly: self == .read))
            // A body may have caught the failure, the server has not: it would answer the commit with a rollback.
            if let failure = session.failure { throw StorageError(failure) }
            if session.interrupt?.hasFired == true { throw CancellationError() }
            switch self {
            // Nothing can be lost.
            case .read: session.endRead()
            case .write: try session.commit()
            }
        } catch {
            session.rollBack()
            let isUncommitted = (error as? StorageError)?.code != .outcomeUnknown
            if isUncommitted, session.isBroken, !session.isAbandoned, session.failure?.isLoss == true {
                throw LostBeforeCommit(error: error)
            }
            throw error
        }
        return result
    }
}
