import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Temporal
import Worker

/// Starts over the API and starts at Temporal with the same workflow, in turns, one at a time; prints the median of each
/// in milliseconds. Nothing begins to run: all wait for an hour.
func measureStarts(api: String, key: String, address: String, namespace: String, count: Int) async throws {
    var configuration = TemporalConnection.Configuration()
    if let address = TemporalConnection.Configuration.Address(address) { configuration.address = address }
    configuration.namespace = namespace
    let connection = try TemporalConnection(configuration)
    let client = TemporalClient(connection)
    let service = API(url: api, key: key)
    let template = try await service.call("templates")["templates"]?[0] ?? .null
    let input: JSONValue = ["document": ["content_base64": "SGVsbG8gd29ybGQ=", "media_type": "text/plain"]]
    let body: JSONValue = ["template": template["name"] ?? .null, "input": input, "delay": "1h"]
    let pin: JSONValue = ["definition": template["workflow_definition"] ?? .null, "engine_version": 2]
    let payloads: [Payload] = [.json(input), .json(pin)]
    let tenant = UUID().uuidString.lowercased()
    let warmUp = 20
    var ours: [Double] = []
    var bare: [Double] = []
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await connection.run() }
        for number in 0..<(count + warmUp) {
            var start = StartWorkflowRequest(
                workflowID: UUID().uuidString, workflowType: "document-processing", taskQueue: "nobody", input: payloads
            )
            start.startDelay = .seconds(3600)
            // As the service asks for it: what Temporal keeps of a start is part of what it takes.
            start.taskTimeout = .seconds(20)
            start.reusePolicy = .rejectDuplicate
            start.conflictPolicy = .fail
            start.searchAttributes = [
                "TenantId": .keyword(tenant), "Tier": .keyword("enterprise"),
                "Template": .keyword("document-processing"),
                "AIEnhanced": .bool(false),
            ]
            start.priority = Priority(key: 1, fairnessKey: tenant)
            start.summary = "Document processing 1.0.0"
            // Either comes first as often as the other, after what the one before left to be written.
            for isOurs in number.isMultiple(of: 2) ? [true, false] : [false, true] {
                try await Task.sleep(for: .milliseconds(5))
                let begin = ContinuousClock.now
                if isOurs {
                    _ = try await service.call("execute", body)
                } else {
                    _ = try await client.startWorkflow(start)
                }
                let time = (ContinuousClock.now - begin) / .milliseconds(1)
                guard number >= warmUp else { continue }
                if isOurs { ours.append(time) } else { bare.append(time) }
            }
        }
        group.cancelAll()
    }
    let result: JSONValue = ["api": .number(median(ours)), "bare": .number(median(bare))]
    print(result.serialized())
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

private struct API {
    struct Refused: Error {
        let status: Int
    }

    let url: String
    let key: String

    /// GET, or POST where there is a body.
    func call(_ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        var request = HTTPClientRequest(url: "\(url)/\(path)")
        request.headers = ["Authorization": "Bearer \(key)", "Content-Type": "application/json"]
        if let body {
            request.method = .POST
            request.body = .bytes(ByteBuffer(bytes: body.serializedBytes()))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        guard (200..<300).contains(response.status.code) else { throw Refused(status: Int(response.status.code)) }
        return try JSONValue(parsing: [UInt8](bytes.readableBytesView))
    }
}
