import Crypto
import Foundation
import Logging

/// The provider calls of one operation: counts them, times them and writes each down.
struct CallLedger {
    let caller: AICaller
    let record: AIService.Recorder
    let logger: Logger
    private var index = 0
    private var total = AIUsage(inputTokens: 0, outputTokens: 0, tokensEstimated: false, costMicrodollars: 0)

    init(caller: AICaller, record: @escaping AIService.Recorder, logger: Logger) {
        self.caller = caller
        self.record = record
        self.logger = logger
    }

    /// One call and its row. The answer's usage is the sum of all calls so far.
    mutating func call(
        _ provider: any AIProvider, _ request: AIRequest, failover: Bool
    ) async throws(AIError) -> AIResponse {
        let start = ContinuousClock.now
        let outcome: Result<AIResponse, AIError>
        do {
            outcome = .success(try await provider.answer(request))
        } catch {
            outcome = .failure(error)
        }
        let latency = start.duration(to: .now)
        var row = UsageRecord(
            id: Self.id(caller, index), caller: caller, callIndex: index, provider: provider.name, model: request.model,
            usage: nil, latency: latency, error: nil, confidence: nil, usedFailover: failover)
        switch outcome {
        case .success(let response):
            row.usage = response.usage
            row.confidence = response.confidence
        case .failure(let error):
            row.usage = error.usage
            row.error = error.code
        }
        index += 1
        await write(row)
        if let usage = row.usage { total += usage }
        var response = try outcome.get()
        response.usage = total
        response.latency = latency
        response.usedFailover = failover
        return response
    }

    /// Outside the caller's task: a call that was made is written down even when nobody waits for its answer any more.
    private func write(_ row: UsageRecord) async {
        let record = record
        do {
            try await Task { try await record(row) }.value
        } catch {
            logger.error(
                "An AI call could not be written to the ledger",
                metadata: [
                    "call": "\(row.id)", "tenant": "\(row.caller.tenant)", "model": "\(row.provider)/\(row.model)",
                    "microdollars": "\(row.usage?.costMicrodollars ?? 0)", "error": "\(error)",
                ])
        }
    }

    /// A UUID of version 8 from the call's identity: a repeated write of the same call is the same row.
    private static func id(_ caller: AICaller, _ index: Int) -> UUID {
        guard let execution = caller.executionID else { return UUID() }
        let key = "\(execution)\n\(caller.activityID)\n\(caller.attempt)\n\(index)"
        var bytes = Array(SHA256.hash(data: Data(key.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

extension AIUsage {
    static func += (sum: inout AIUsage, usage: AIUsage) {
        sum.inputTokens += usage.inputTokens
        sum.outputTokens += usage.outputTokens
        sum.tokensEstimated = sum.tokensEstimated || usage.tokensEstimated
        sum.costMicrodollars += usage.costMicrodollars
    }
}
