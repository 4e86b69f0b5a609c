import ServiceLifecycle
import Storage

/// Listens to the database for what makes cached values old, for as long as the service runs.
struct CacheWatch: Service {
    let invalidation: CacheInvalidation

    init(_ database: any Database, _ channel: NotificationChannel, _ forget: @escaping @Sendable () -> Void) {
        invalidation = CacheInvalidation(database, [(channel, forget)])
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await invalidation.run() }
    }
}
