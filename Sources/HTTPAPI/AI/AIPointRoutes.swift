import Foundation
import Hummingbird
import JSON
import Storage
import Templates
import WorkflowDefinition

/// `GET /workflows/ai/points`, `PUT …/{template}/{point}`: switches and hold-out shares; `GET /workflows/ai/impact`: what
/// the points brought.
struct AIPointRoutes {
    let points: EnhancementStore
    let templates: TemplateRegistry

    func add(to router: some RouterMethods<APIContext>) {
        router.get("ai/points", use: list)
        router.put("ai/points/:template/:point", use: put)
    }

    func addReport(to router: some RouterMethods<APIContext>) { router.get("ai/impact", use: impact) }

    /// Those of the templates, with what is set for them, then what is set for others.
    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        var settings = Dictionary(
            try await points.settings(tenant).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        var shown: [PointSetting] = []
        for template in try await templates.templates(for: tenant) {
            for point in template.enhancementPoints {
                let usual = PointSetting(template: template.name, point: point.id)
                guard seen.insert(usual.key).inserted else { continue }
                shown.append(settings.removeValue(forKey: usual.key) ?? usual)
            }
        }
        shown += settings.values.sorted { $0.key < $1.key }
        return Response(json: ["points": .array(shown.map(\.json)), "next_cursor": .null])
    }

    /// What is left out is the default: on, for all.
    @Sendable func put(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.aiWrite).tenant.id
        let (template, point) = (try context.parameters.require("template"), try context.parameters.require("point"))
        let body = try await request.jsonObject(limit: 64 << 10)
        try body.refuseUnknown(besides: ["enabled", "holdout"])
        let setting = PointSetting(
            template: template, point: point, isEnabled: try body.member("enabled", "boolean", \.bool) ?? true,
            holdOut: try body.member("holdout", "number", \.double) ?? 0)
        try await refuseUnknown(setting, tenant)
        do {
            try await points.set(setting, tenant: tenant, by: try context.actor)
        } catch let error as StorageError where error.code == .constraint {
            throw Problem.invalidMember("holdout", error.message)
        } catch let error as StorageError where error.code == .limitExceeded {
            throw Problem.conflict("too_many_points", error.message)
        }
        return Response(json: setting.json)
    }

    private func refuseUnknown(_ setting: PointSetting, _ tenant: UUID) async throws {
        let versions = try await templates.templates(for: tenant).filter { $0.name == setting.template }
        guard !versions.isEmpty else {
            throw Problem.unknown(
                "template", "There is no template \(setting.template.prefix(100).debugDescription) of this tenant.")
        }
        let ids = Set(versions.flatMap { $0.enhancementPoints.map(\.id) })
        guard ids.contains(setting.point) else {
            throw Problem.unknown(
                "point",
                "\(setting.template) has no enhancement point \(setting.point.prefix(64).debugDescription); it has "
                    + (ids.isEmpty ? "none." : ids.sorted().joined(separator: ", ") + "."))
        }
    }

    @Sendable func impact(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.tenant(.executionsRead)
        let parameters = request.uri.queryParameters
        let name = parameters["window"].map(String.init) ?? "30d"
        guard let days = Self.windows[name] else {
            throw Problem.badRequest("invalid_parameter", "window must be one of 24h, 7d, 30d, 90d.")
        }
        let window = StatisticsWindow(last: days * 86_400, before: Date())
        let impact = try await points.impact(
            ImpactQuery(
                tenant: tenant, template: parameters["template"].map(String.init),
                point: parameters["point"].map(String.init), window: window))
        return Response(
            json: [
                "window": ["name": .string(name), "from": .time(window.from), "to": .time(window.to)],
                "points": .array(impact.map(\.json)),
            ])
    }

    /// In days: outcomes come late.
    private static let windows: [String: TimeInterval] = ["24h": 1, "7d": 7, "30d": 30, "90d": 90]
}
