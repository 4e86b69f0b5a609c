import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Storage

/// `GET /workflows/ai/usage` and `GET /workflows/ai/costs`: what was called, and what it cost, by whatever is asked for.
struct AIUsageRoutes {
    let store: AIUsageStore

    private static let usual: TimeInterval = 30 * 86_400

    func add(to router: some RouterMethods<APIContext>) {
        router.get("ai/usage", use: usage)
        router.get("ai/costs", use: costs)
    }

    @Sendable func usage(_ request: Request, context: APIContext) async throws -> Response {
        Response(json: try await report(request, context).json(UsageColumn.usage))
    }

    @Sendable func costs(_ request: Request, context: APIContext) async throws -> Response {
        let format = request.uri.queryParameters["format"].map(String.init)
        guard [nil, "json", "csv"].contains(format) else {
            throw Problem.badRequest("invalid_parameter", "format must be json or csv.")
        }
        let report = try await report(request, context)
        guard format == "csv" || (format == nil && Self.wantsCSV(request.headers[.accept])) else {
            return Response(json: report.json(UsageColumn.costs))
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: #"attachment; filename="ai-costs.csv""#,
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: report.csv(UsageColumn.costs))))
    }

    private func report(_ request: Request, _ context: APIContext) async throws -> UsageReport {
        let caller = try context.tenant(.usageRead)
        let parameters = request.uri.queryParameters
        let to = try Self.time("to", parameters["to"].map(String.init)) ?? Date()
        let from = try Self.time("from", parameters["from"].map(String.init)) ?? to.addingTimeInterval(-Self.usual)
        guard from < to else { throw Problem.badRequest("invalid_parameter", "from must be before to.") }
        let by = try Self.dimensions(parameters["by"].map(String.init) ?? "")
        let tenant = parameters["tenant"].map(String.init)
        guard context.isOperator || (tenant == nil && !by.contains(.tenant)) else { throw Problem.operatorsFigures }
        let wanted = try tenant.map { text in
            guard let id = UUID(uuidString: text) else {
                throw Problem.badRequest("invalid_parameter", "tenant must be a tenant's id.")
            }
            return id
        }
        let limit = try request.pageLimit(1_000, atMost: 10_000)
        let query = UsageQuery(tenant: caller ?? wanted, from: from, to: to, by: by, limit: limit + 1)
        return UsageReport(query: query, totals: try await store.totals(query), limit: limit)
    }

    /// A day stands for its begin, in UTC.
    private static func time(_ name: String, _ text: String?) throws -> Date? {
        guard let text else { return nil }
        guard let date = Date(iso8601: text) ?? Date(iso8601: "\(text)T00:00:00Z") else {
            throw Problem.badRequest(
                "invalid_parameter", "\(name) must be a day such as 2026-11-23, or a time such as 2026-11-23T08:00:00Z."
            )
        }
        return date
    }

    private static func dimensions(_ list: String) throws -> [UsageDimension] {
        try list.split(separator: ",").map { name in
            guard let dimension = UsageDimension(rawValue: String(name)) else {
                let names = UsageDimension.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.badRequest("invalid_parameter", "by lists some of \(names), with commas between.")
            }
            return dimension
        }
    }

    private static func wantsCSV(_ accept: String?) -> Bool {
        guard let accept = accept?.lowercased() else { return false }
        return accept.contains("text/csv") && !accept.contains("application/json")
    }
}

/// Totals as they are shown.
private struct UsageReport {
    let query: UsageQuery
    /// One more than is shown, where there are more.
    let totals: [UsageTotal]
    let limit: Int

    /// In the order of the totals' columns.
    private var dimensions: [UsageDimension] { UsageDimension.allCases.filter(query.by.contains) }

    func json(_ columns: [UsageColumn]) -> JSONValue {
        let shown = totals.prefix(limit).map { total -> JSONValue in
            var object = JSONObject()
            for dimension in dimensions {
                let text = total.dimensions[dimension.rawValue] ?? ""
                object[dimension.rawValue] = text.isEmpty ? .null : .string(text)
            }
            for column in columns { object[column.name] = column.value(total) }
            return .object(object)
        }
        return [
            "from": .time(query.from), "to": .time(query.to),
            "by": .array(dimensions.map { .string($0.rawValue) }), "totals": .array(shown),
            "truncated": .bool(totals.count > limit),
        ]
    }

    func csv(_ columns: [UsageColumn]) -> String {
        var text = CSVText.line(dimensions.map(\.rawValue) + columns.map(\.name))
        for total in totals.prefix(limit) {
            let group = dimensions.map { total.dimensions[$0.rawValue] ?? "" }
            text += CSVText.line(
                group
                    + columns.map { column in
                        let value = column.value(total)
                        return value.string ?? value.serialized()
                    })
        }
        return text
    }
}

private struct UsageColumn {
    let name: String
    let value: (UsageTotal) -> JSONValue

    static var usage: [UsageColumn] {
        [
            UsageColumn(name: "calls") { .integer($0.calls) },
            UsageColumn(name: "failures") { .integer($0.failures) },
            UsageColumn(name: "cache_hits") { .integer($0.cacheHits) },
            UsageColumn(name: "input_tokens") { .integer($0.inputTokens) },
            UsageColumn(name: "cached_input_tokens") { .integer($0.cachedInputTokens) },
            UsageColumn(name: "output_tokens") { .integer($0.outputTokens) },
        ]
    }

    static var costs: [UsageColumn] {
        [
            UsageColumn(name: "calls") { .integer($0.calls) },
            UsageColumn(name: "cost_microdollars") { .integer($0.microdollars) },
            UsageColumn(name: "cost_dollars") { .dollars($0.microdollars) },
        ]
    }
}

extension JSONValue {
    /// Micro-dollars as dollars, exactly: a text such as `0.000123`, which no reader rounds.
    static func dollars(_ micros: Int64) -> JSONValue {
        let fraction = String(1_000_000 + micros % 1_000_000).dropFirst()
        return .string("\(micros / 1_000_000).\(fraction)")
    }
}

extension Problem {
    fileprivate static let operatorsFigures = Problem(
        status: .forbidden, code: "forbidden", title: "Forbidden",
        detail: "Figures of other tenants need the operator's key; a tenant's key shows the tenant's own.")
}
