package import Foundation
package import JSON
package import Temporal
import WorkflowEngine

/// What pins a run: the definition and everything else that its course depends on. Travels as the workflow's second argument.
///
/// The first argument is the tenant's input, so that Temporal's UI shows it plainly and any Temporal client can start a
/// template with its input alone; the pin is then the recorded result of `resolve_template_activity`.
package struct RunPin: Sendable {
    package var engineVersion: Int
    package var templateID: UUID
    package var templateName: String
    package var templateVersion: String
    package var definition: JSONValue
    /// SHA-256 over the definition's canonical JSON, lower-case hex.
    package var definitionDigest: String
    package var aiEnhanced: Bool
    package var tier: String
    /// Enhancement points that are off in this run, by id, with `switched_off` or `held_out`: decided once, at the start.
    package var pointsOff: [String: String]
    /// Where a continued run goes on.
    package var snapshot: JSONValue?

    package init(
        engineVersion: Int? = nil, templateID: UUID, templateName: String, templateVersion: String,
        definition: JSONValue, definitionDigest: String, aiEnhanced: Bool, tier: String,
        pointsOff: [String: String] = [:], snapshot: JSONValue? = nil
    ) {
        self.engineVersion = engineVersion ?? Interpreter.version(forPointsOff: pointsOff)
        self.templateID = templateID
        self.templateName = templateName
        self.templateVersion = templateVersion
        self.definition = definition
        self.definitionDigest = definitionDigest
        self.aiEnhanced = aiEnhanced
        self.tier = tier
        self.pointsOff = pointsOff
        self.snapshot = snapshot
    }

    package var json: JSONValue {
        var object = JSONObject()
        object["engine_version"] = .integer(Int64(engineVersion))
        object["template_id"] = .string(templateID.uuidString.lowercased())
        object["template"] = .string(templateName)
        object["version"] = .string(templateVersion)
        object["ai_enhanced"] = .bool(aiEnhanced)
        object["tier"] = .string(tier)
        if !pointsOff.isEmpty {
            object["points_off"] = .object(
                JSONObject(pointsOff.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }))
        }
        object["definition_digest"] = .string(definitionDigest)
        object["definition"] = definition
        object["snapshot"] = snapshot
        return .object(object)
    }

    /// - Returns: nil where the value pins nothing, as when another client gave options only.
    package init?(json: JSONValue) {
        guard let definition = json["definition"], let engineVersion = json["engine_version"]?.integer,
            let id = json["template_id"]?.string.flatMap(UUID.init(uuidString:)), let name = json["template"]?.string,
            let version = json["version"]?.string, let digest = json["definition_digest"]?.string,
            let aiEnhanced = json["ai_enhanced"]?.bool, let tier = json["tier"]?.string
        else { return nil }
        var pointsOff: [String: String] = [:]
        for (point, reason) in json["points_off"]?.object ?? [:] { pointsOff[point] = reason.string }
        self.init(
            engineVersion: Int(engineVersion), templateID: id, templateName: name, templateVersion: version,
            definition: definition, definitionDigest: digest, aiEnhanced: aiEnhanced, tier: tier,
            pointsOff: pointsOff, snapshot: json["snapshot"]
        )
    }

    /// The workflow's arguments.
    package func arguments(input: JSONValue) -> [Payload] { [.json(input), .json(json)] }
}
