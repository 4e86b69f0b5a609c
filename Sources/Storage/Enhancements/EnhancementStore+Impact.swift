package import Foundation

/// Which points a report is about.
package struct ImpactQuery: Sendable, Hashable {
    /// nil: of all tenants together.
    package var tenant: UUID?
    package var template: String?
    package var point: String?
    /// By the end of the point's runs.
    package var window: StatisticsWindow

    package init(
        tenant: UUID?, template: String? = nil, point: String? = nil, window: StatisticsWindow
    ) {
        self.tenant = tenant
        self.template = template
        self.point = point
        self.window = window
    }

    /// The newest runs within the window.
    fileprivate var conditions: Conditions {
        var conditions = Conditions(window, "completed_at", tenant: tenant, of: "tenant_id")
        if let template { conditions.add("template = ?", template) }
        if let point { conditions.add("point = ?", point) }
        return conditions
    }
}

extension EnhancementStore {
    /// By point, template and version; those with most runs first. Taken from the newest
    /// `StatisticsStore.maximumSample` runs of closed executions; at most `StatisticsStore.maximumGroups` points.
    package func impact(_ query: ImpactQuery) async throws -> [PointImpact] {
        try await database.read { connection in
            var points = try Self.counted(query, connection)
            try Self.addLatencies(query, connection, to: &points)
            try Self.addOutcomes(query, connection, to: &points)
            return points.values.sorted {
                ($1.runs, $0.template, $0.version, $0.point) < ($0.runs, $1.template, $1.version, $1.point)
            }
        }
    }

    private struct Key: Hashable {
        var template: String
        var version: String
        var point: String

        init(_ row: Row) throws {
            template = try row.get("template")
            version = try row.get("template_version")
            point = try row.get("point")
        }
    }

    private static let group = "template, template_version, point"

    private static func newest(_ conditions: Conditions) -> String {
        """
        SELECT execution_id, \(group), used, reason, duration_ms, cost_microdollars FROM execution_enhancements
        WHERE \(conditions.sql) ORDER BY completed_at DESC LIMIT \(StatisticsStore.maximumSample)
        """
    }

    private static func counted(_ query: ImpactQuery, _ connection: any Connection) throws -> [Key: PointImpact] {
        let conditions = query.conditions
        let rows = try connection.query(
            """
            SELECT \(group), CASE WHEN used THEN '' ELSE COALESCE(reason, 'failed') END AS reason, COUNT(*) AS runs,
                CAST(SUM(cost_microdollars) AS BIGINT) AS cost
            FROM (\(newest(conditions))) newest
            GROUP BY \(group), CASE WHEN used THEN '' ELSE COALESCE(reason, 'failed') END
            ORDER BY runs DESC, \(group) LIMIT \(20 * StatisticsStore.maximumGroups)
            """, conditions.values.map { $0 })
        var points: [Key: PointImpact] = [:]
        for row in rows {
            let key = try Key(row)
            // The rows with most runs come first.
            guard points[key] != nil || points.count < StatisticsStore.maximumGroups else { continue }
            var impact =
                points[key] ?? PointImpact(template: key.template, version: key.version, point: key.point)
            let (reason, runs): (String, Int64) = (try row.get("reason"), try row.get("runs"))
            impact.runs += runs
            impact.microdollars += try row.get("cost", as: Int64.self)
            if reason.isEmpty { impact.used += runs } else { impact.fallbacks[reason] = runs }
            points[key] = impact
        }
        return points
    }

    private static let notTried = PointImpact.notTried.sorted().map { "'\($0)'" }.joined(separator: ", ")

    private static func addLatencies(
        _ query: ImpactQuery, _ connection: any Connection, to points: inout [Key: PointImpact]
    ) throws {
        let conditions = query.conditions
        let rows = try connection.query(
            """
            SELECT \(group), \(Percentiles.columns("latency", of: "duration_ms", position: "place", total: "total"))
            FROM (
                SELECT \(group), duration_ms,
                    ROW_NUMBER() OVER (PARTITION BY \(group) ORDER BY duration_ms) AS place,
                    COUNT(*) OVER (PARTITION BY \(group)) AS total
                FROM (\(newest(conditions))) newest
                WHERE duration_ms IS NOT NULL AND (used OR COALESCE(reason, 'failed') NOT IN (\(notTried)))
            ) ranked GROUP BY \(group)
            """, conditions.values.map { $0 })
        for row in rows { points[try Key(row)]?.latency = try Percentiles(row, "latency") }
    }

    /// Each execution counts once for a point, whatever how often its task ran.
    private static func addOutcomes(
        _ query: ImpactQuery, _ connection: any Connection, to points: inout [Key: PointImpact]
    ) throws {
        let conditions = query.conditions
        let rows = try connection.query(
            """
            SELECT \(group), name, kind, COUNT(*) AS count, AVG(value) AS mean,
                SUM((value - middle) * (value - middle)) AS squares
            FROM (
                SELECT \(group), o.name AS name, o.value AS value, kind,
                    AVG(o.value) OVER (PARTITION BY \(group), o.name, kind) AS middle
                FROM (
                    SELECT execution_id, \(group), MIN(CASE WHEN used THEN 0 WHEN reason = 'held_out' THEN 1
                        WHEN COALESCE(reason, 'failed') IN (\(notTried)) THEN 3 ELSE 2 END) AS kind
                    FROM (\(newest(conditions))) newest GROUP BY execution_id, \(group)
                ) uses JOIN execution_outcomes o ON o.execution_id = uses.execution_id
            ) valued
            GROUP BY \(group), name, kind ORDER BY \(group), name, kind
            LIMIT \(100 * StatisticsStore.maximumGroups)
            """, conditions.values.map { $0 })
        let groups: [OutcomeImpact.Group] = [.with, .heldOut, .fallback, .off]
        for row in rows {
            let key = try Key(row)
            let (name, kind): (String, Int) = (try row.get("name"), try row.get("kind"))
            guard points[key] != nil, groups.indices.contains(kind) else { continue }
            let sample = OutcomeImpact.Sample(
                count: try row.get("count"), mean: try row.get("mean"), squares: try row.get("squares"))
            if points[key]?.outcomes.last?.name != name { points[key]?.outcomes.append(OutcomeImpact(name: name)) }
            let last = (points[key]?.outcomes.count ?? 1) - 1
            points[key]?.outcomes[last].groups[groups[kind]] = sample
        }
    }
}
