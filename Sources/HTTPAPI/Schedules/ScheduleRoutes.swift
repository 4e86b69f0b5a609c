import Executions
import Foundation
import Hummingbird
import JSON
import Storage

/// `/workflows/schedules`: templates that are started again and again.
struct ScheduleRoutes {
    let schedules: ScheduleService

    private static let bodyLimit = 1 << 20
    private static let startMembers = ["template", "version", "input", "ai_enhanced", "tags"]

    func add(to router: some RouterMethods<APIContext>) {
        router.post("schedules", use: create)
        router.get("schedules", use: list)
        router.get("schedules/:name", use: get)
        router.patch("schedules/:name", use: update)
        router.delete("schedules/:name", use: delete)
        router.post("schedules/:name/pause", use: pause)
        router.post("schedules/:name/resume", use: resume)
        router.post("schedules/:name/run", use: run)
    }

    @Sendable func create(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.schedulesWrite)
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(besides: ["name"] + Self.startMembers + ScheduleRules.members + ["paused"])
        guard let name = try body.member("name", "string", \.string),
            let template = try body.member("template", "string", \.string)
        else {
            let missing = body["name"] == nil ? "name" : "template"
            throw Problem.badRequest(
                "missing_member", "\(missing) is required.",
                errors: [["pointer": .string("/\(missing)"), "message": "is required"]])
        }
        try Self.check(name)
        let schedule = ScheduleRequest(
            template: template, version: try body.member("version", "string", \.string),
            input: body["input"] ?? .object(JSONObject()),
            aiEnhanced: try body.member("ai_enhanced", "boolean", \.bool) ?? false, tags: try Self.tags(body) ?? [],
            rules: try ScheduleRules(.object(body)))
        let made = try await schedules.create(
            name, schedule, paused: try body.member("paused", "boolean", \.bool) ?? false, for: caller)
        try await context.audit(.scheduleCreated, target: "schedule/\(name)", detail: ["template": .string(template)])
        var response = Response(json: made.json, status: .created)
        response.headers[.location] = "/workflows/schedules/\(Self.escaped(name))"
        return response
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let page = try await schedules.list(
            of: try context.caller(.executionsRead).tenant.id, limit: try request.pageLimit(),
            after: request.uri.queryParameters["cursor"].map(String.init))
        return Response(
            json: [
                "schedules": .array(page.schedules.map { .object($0.members) }),
                "next_cursor": page.next.map { .string($0) } ?? .null,
            ])
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        return Response(json: try await schedules.get(try Self.name(context), of: tenant).json)
    }

    @Sendable func update(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.schedulesWrite).tenant.id
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(besides: Self.startMembers + ScheduleRules.members)
        let name = try Self.name(context)
        let changed = try await schedules.update(name, of: tenant) { row in
            var rules = row.spec.object ?? JSONObject()
            for member in ScheduleRules.members { rules[member] = body[member] ?? rules[member] }
            return ScheduleRequest(
                template: try body.member("template", "string", \.string) ?? row.template,
                // null: the highest again.
                version: body["version"] == nil ? row.templateVersion : try body.member("version", "string", \.string),
                input: body["input"] ?? row.input,
                aiEnhanced: try body.member("ai_enhanced", "boolean", \.bool) ?? row.aiEnhanced,
                tags: try Self.tags(body) ?? row.tags, rules: try ScheduleRules(.object(rules)))
        }
        try await context.audit(
            .scheduleChanged, target: "schedule/\(name)", detail: ["members": .array(body.keys.map { .string($0) })])
        return Response(json: changed.json)
    }

    @Sendable func delete(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.schedulesWrite).tenant.id
        let name = try Self.name(context)
        try await schedules.delete(name, of: tenant)
        try await context.audit(.scheduleDeleted, target: "schedule/\(name)")
        return Response(status: .noContent)
    }

    @Sendable func pause(_ request: Request, context: APIContext) async throws -> Response {
        let (name, note, tenant) = try await steering(request, context)
        let schedule = try await schedules.pause(name, of: tenant, note: note ?? "paused over the API")
        try await context.audit(.schedulePaused, target: "schedule/\(name)")
        return Response(json: schedule.json)
    }

    @Sendable func resume(_ request: Request, context: APIContext) async throws -> Response {
        let (name, note, tenant) = try await steering(request, context)
        let schedule = try await schedules.resume(name, of: tenant, note: note ?? "resumed over the API")
        try await context.audit(.scheduleResumed, target: "schedule/\(name)")
        return Response(json: schedule.json)
    }

    @Sendable func run(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.schedulesWrite).tenant.id
        let name = try Self.name(context)
        let body = try await request.jsonObject(limit: Self.bodyLimit, orEmpty: true)
        try body.refuseUnknown(besides: ["overlap"])
        try await schedules.run(name, of: tenant, overlap: try body.member("overlap", "string", \.string))
        try await context.audit(.scheduleRun, target: "schedule/\(name)")
        return Response(json: try await schedules.get(name, of: tenant).json, status: .accepted)
    }

    private func steering(_ request: Request, _ context: APIContext) async throws -> (String, note: String?, UUID) {
        let tenant = try context.caller(.schedulesWrite).tenant.id
        let name = try Self.name(context)
        let body = try await request.jsonObject(limit: Self.bodyLimit, orEmpty: true)
        try body.refuseUnknown(besides: ["note"])
        let note = try body.member("note", "string", \.string)
        guard note?.unicodeScalars.count ?? 0 <= 500 else {
            throw Problem.invalidMember("note", "note has at most 500 characters.")
        }
        return (name, note, tenant)
    }

    // MARK: Names and tags

    /// What stands in paths stays readable there.
    private static func check(_ name: String) throws(Problem) {
        let isName =
            (1...100).contains(name.utf8.count) && name.first != "."
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        guard isName else {
            throw .invalidMember(
                "name", "name has 1 to 100 letters, digits, dots, hyphens or underscores, and no dot in front.")
        }
    }

    private static func name(_ context: APIContext) throws -> String {
        let text = try context.parameters.require("name")
        return text.removingPercentEncoding ?? text
    }

    private static func escaped(_ name: String) -> String {
        name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? name
    }

    private static func tags(_ body: JSONObject) throws(Problem) -> [String]? {
        guard let values = try body.member("tags", "array", \.array) else { return nil }
        let tags = values.compactMap(\.string)
        guard tags.count == values.count else { throw .invalidMember("tags", "tags are strings.") }
        return tags
    }
}

extension StoredSchedule {
    fileprivate var members: JSONObject {
        [
            "id": .id(id), "name": .string(name), "template": .string(template),
            "version": templateVersion.map { .string($0) } ?? .null, "input": input,
            "ai_enhanced": .bool(aiEnhanced), "tags": .array(tags.map { .string($0) }),
            "spec": spec["spec"] ?? .null, "policy": spec["policy"] ?? .null, "max_runs": spec["max_runs"] ?? .null,
            "note": spec["note"] ?? "", "status": .string(status.rawValue), "paused": .bool(pausedAt != nil),
            "created_at": .time(createdAt), "updated_at": .time(updatedAt),
        ]
    }
}

extension ScheduleDetails {
    fileprivate var json: JSONValue {
        var object = row.members
        object["paused"] = .bool(isPaused)
        object["note"] = note.map { .string($0) } ?? ""
        object["next_runs"] = .array((live?.nextTimes ?? []).prefix(10).map { .time($0) })
        object["remaining_runs"] = live?.remainingRuns.map { .integer(Int64($0)) } ?? .null
        object["started_runs"] = live.map { .integer(Int64($0.started)) } ?? .null
        object["skipped_runs"] = live.map { .integer(Int64($0.skipped)) } ?? .null
        object["missed_runs"] = live.map { .integer(Int64($0.missed)) } ?? .null
        object["recent_runs"] = .array(runs.map(\.json))
        return .object(object)
    }
}

extension ScheduleDetails.Run {
    fileprivate var json: JSONValue {
        [
            "scheduled_at": .time(scheduledAt), "started_at": .time(startedAt),
            "temporal_workflow_id": .string(temporalWorkflowID), "execution_id": .id(execution?.id),
            "status": status.map { .string($0.rawValue) } ?? .null,
            "completed_at": .time(execution?.completedAt),
        ]
    }
}
