extension Migration {
    /// What operators set for all processes while they run.
    static let settingsSchema = Migration(
        version: 4, name: "settings",
        script: [
            .sqlite: """
            CREATE TABLE service_settings (
                name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
                value TEXT NOT NULL CHECK (json_valid(value)),
                changed_at INTEGER NOT NULL
            ) STRICT;
            """,
            .postgresql: """
            CREATE TABLE service_settings (
                name TEXT NOT NULL PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 100),
                value JSONB NOT NULL,
                changed_at BIGINT NOT NULL
            );
            """,
        ]
    )
}
