package import AI
import Foundation
package import JSON
package import Storage
import Templates
import WorkflowDefinition

/// What the AI steps of an execution may cost, before anything is paid. Money in micro-dollars.
package struct CostPreview: Sendable {
    struct Step: Sendable {
        var position: String
        var task: String
        var activity: String
        var point: String?
        /// nil outside of an enhancement point: open to every tier that has models.
        var tiers: [String]?
        /// The tenant's tier may ask for it, and has a model that can do it.
        var isEntitled: Bool
        /// The tenant has not switched its point off.
        var isEnabled: Bool
        /// It stands in a loop: its figures are of one turn.
        var repeats: Bool
        /// From the tenant's last steps of this activity in this template; nil where there are none.
        var expected: Int64?
        var maximum: Int64

        var isAsked: Bool { isEntitled && isEnabled }
    }

    let template: String
    let version: String
    let tier: Tier
    let steps: [Step]

    /// nil where a step repeats, or was never made.
    var expected: Int64? {
        let asked = steps.filter(\.isAsked)
        guard asked.allSatisfy({ !$0.repeats && $0.expected != nil }) else { return nil }
        return asked.reduce(Int64(0)) { $0.addingSaturated($1.expected ?? 0) }
    }

    /// nil where a step that may cost something repeats: nobody knows how often.
    var maximum: Int64? {
        guard !steps.contains(where: { $0.repeats && $0.maximum > 0 }) else { return nil }
        return steps.reduce(Int64(0)) { $0.addingSaturated($1.maximum) }
    }

    package var json: JSONValue {
        [
            "template": .string(template), "version": .string(version), "tier": .string(tier.rawValue),
            "steps": .array(steps.map(\.json)), "total": Self.amounts(expected, maximum),
        ]
    }

    /// Every step may come to nothing: a condition, the cache, a fallback.
    fileprivate static func amounts(_ expected: Int64?, _ maximum: Int64?) -> JSONValue {
        [
            "min_microdollars": 0, "expected_microdollars": expected.map { .integer($0) } ?? .null,
            "max_microdollars": maximum.map { .integer($0) } ?? .null,
        ]
    }
}

extension CostPreview.Step {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "position": .string(position), "task": .string(task), "activity": .string(activity),
            "enhancement_point": point.map { .string($0) } ?? .null,
        ]
        object["tiers"] = tiers.map { .array($0.map { .string($0) }) } ?? .null
        object["entitled"] = .bool(isEntitled)
        object["enabled"] = .bool(isEnabled)
        object["repeats"] = .bool(repeats)
        for (name, value) in CostPreview.amounts(expected, maximum).object ?? [:] { object[name] = value }
        return .object(object)
    }
}

extension ExecutionService {
    /// As far back as what is expected is taken from.
    private static let previewWindow: TimeInterval = 30 * 86_400

    /// - Parameter input: checked where it is given; the definition alone says which steps there are.
    package func preview(
        template name: String, version: String?, input: JSONValue?, for tenant: Tenant, ai: AIService
    ) async throws -> CostPreview {
        let request = ExecuteRequest(template: name, version: version, input: input ?? [:], aiEnhanced: true)
        let template = try await template(request, tenant: tenant.id)
        if let input { _ = try template.checkedInput(input) }
        let history = try await usage.stepCosts(
            tenant: tenant.id, template: template.name, from: Date(timeIntervalSinceNow: -Self.previewWindow))
        let averages = Dictionary(
            history.map { ($0.activity, $0.averageMicrodollars) }, uniquingKeysWith: { first, _ in first })
        let off = Set(tenant.points.all.filter { $0.template == template.name && !$0.isEnabled }.map(\.point))
        let steps = template.definition.aiCalls.map { call in
            let dearest = call.maximumCost(tenant, ai)
            let isEntitled = dearest != nil && call.point.map { $0.tiers.contains(tenant.tier.rawValue) } ?? true
            let isEnabled = call.point.map { !off.contains($0.id) } ?? true
            let isAsked = isEntitled && isEnabled
            return CostPreview.Step(
                position: call.position, task: call.task, activity: call.activity, point: call.point?.id,
                tiers: call.point?.tiers, isEntitled: isEntitled, isEnabled: isEnabled, repeats: call.repeats,
                expected: isAsked && call.kind != nil ? averages[call.activity] : 0,
                maximum: isAsked ? dearest ?? 0 : 0)
        }
        return CostPreview(template: template.name, version: template.version, tier: tenant.tier, steps: steps)
    }
}

extension AICall {
    /// nil where the tier has no model for it.
    fileprivate func maximumCost(_ tenant: Tenant, _ ai: AIService) -> Int64? {
        guard let kind else { return 0 }
        return ai.maximumCost(
            of: kind, maximumOutputTokens: kind.maximumOutputTokens(answerSize(kind)), tier: tenant.tier,
            tenant: tenant.id)
    }
}
