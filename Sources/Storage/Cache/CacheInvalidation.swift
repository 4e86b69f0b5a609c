/// Empties caches when any process has changed what they keep.
///
/// While nothing can be heard (the database is away) values are used up to their age.
package struct CacheInvalidation: Sendable {
    private let database: any Database
    private let actions: [(channel: NotificationChannel, forget: @Sendable () -> Void)]

    package init(
        _ database: any Database, _ actions: [(channel: NotificationChannel, forget: @Sendable () -> Void)]
    ) {
        self.database = database
        self.actions = actions
    }

    /// Until the task is cancelled.
    package func run() async {
        for await notification in database.notifications() {
            for action in actions where notification.concerns(action.channel) { action.forget() }
        }
    }
}
