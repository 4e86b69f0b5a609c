import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Two hundred executions while providers are down, slow and lying, in turn and all at once: every one completes, and what
/// was done without is written down.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct AIFaultTests {
    private struct Phase: Sendable {
        var name: String
        var modes: [String: ChargingAI.Mode]
        var executions: Int
        /// Outcomes of calls that must be found in the ledger.
        var outcomes: Set<String>
        /// Whether the other provider answers.
        var isAnswered: Bool
    }

    private static let phases = [
        Phase(name: "all well", modes: [:], executions: 20, outcomes: ["ok"], isAnswered: true),
        Phase(
            name: "a down", modes: ["a": .down], executions: 30, outcomes: ["unavailable", "circuit_open", "ok"],
            isAnswered: true),
        Phase(
            name: "a slow", modes: ["a": .slow], executions: 30, outcomes: ["unknown_outcome", "circuit_open", "ok"],
            isAnswered: true),
        Phase(
            name: "a lying", modes: ["a": .lying], executions: 30,
            outcomes: ["invalid_response", "circuit_open", "ok"],
            isAnswered: true),
        Phase(name: "b down", modes: ["b": .down], executions: 30, outcomes: ["ok"], isAnswered: true),
        Phase(
            name: "all down", modes: ["a": .down, "b": .down], executions: 30,
            outcomes: ["unavailable", "circuit_open"],
            isAnswered: false),
        Phase(
            name: "all lying", modes: ["a": .lying, "b": .lying], executions: 30,
            outcomes: ["invalid_response", "circuit_open"], isAnswered: false),
    ]

    @Test func everyExecutionCompletesWhateverProvidersDo() async throws {
        try await ChargingAI.with(latency: .milliseconds(5)) { ai in
            let address = "http://127.0.0.1:\(ai.port)"
            let environment = [
                "AI_PROVIDERS": "a=\(address)/a/v1,b=\(address)/b/v1", "AI_MODELS_ENTERPRISE": "a/m,b/m",
                "AI_MODEL_PRICES": "a/m=1/1,b/m=1/1", "AI_DEADLINE": "6s", "AI_CIRCUIT_PAUSE": "1s",
                "AI_CACHE_AGE": "0s",
                "AI_BATCH_WINDOW": "0s",
            ]
            try await RunningService.with(environment: environment) { service in
                for phase in Self.phases { try await Self.run(phase, ai, service) }
            }
        }
    }

    private static func run(_ phase: Phase, _ ai: ChargingAI, _ service: RunningService) async throws {
        // Circuits that the phase before has opened close again.
        for server in ["a", "b"] {
            ai.set(.well, of: server)
            try await eventually(timeout: .seconds(60), every: .milliseconds(250), "\(server) is asked again") {
                let body: JSONValue = [
                    "operation": "generate_text", "prompt": "Well?", "model": .string("\(server)/m"),
                ]
                return try await service.post("/ai/test", body.serialized()).status == 200
            }
        }
        for (server, mode) in phase.modes { ai.set(mode, of: server) }
        let began = Date()
        var ids: [String] = []
        for number in 0..<phase.executions {
            ids.append(try await service.execute(text: "\(phase.name), text \(number).", enhanced: true).id)
        }
        var answered = 0
        var reasons: [String: Int] = [:]
        for id in ids {
            let answer = try await service.closed(id)
            #expect(answer.executionStatus == "completed", "\(phase.name): \(answer)")
            #expect(answer.result?["words"] != nil, "the standard result is there")
            for reason in answer.fallbackReasons.values { reasons[reason, default: 0] += 1 }
            if answer.fallbackReasons.isEmpty { answered += 1 }
        }
        let database = try await service.openDatabase()
        let outcomes = try await database.read { connection in
            Set(
                try connection.query(
                    "SELECT DISTINCT COALESCE(error_code, 'ok') AS code FROM ai_usage_logs WHERE created_at >= ?",
                    [began]
                ).map { try $0.get("code", as: String.self) })
        }
        print("AI faults, \(phase.name): \(answered) of \(ids.count) enhanced, fallbacks \(reasons), calls \(outcomes)")
        #expect(outcomes.isSuperset(of: phase.outcomes), "\(phase.name)")
        if phase.isAnswered {
            #expect(answered >= ids.count * 8 / 10, "\(phase.name)")
        } else {
            #expect(answered == 0 && reasons.values.reduce(0, +) == 3 * ids.count, "\(phase.name): \(reasons)")
        }
    }
}
