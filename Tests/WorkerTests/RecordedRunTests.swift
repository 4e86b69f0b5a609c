import Foundation
import Fuzz
import JSON
import Temporal
import Testing
import Worker
import WorkflowEngine

/// What the service commanded in runs of before, today's code commands too: open executions go on under it.
///
/// Where this fails, executions that are open at an upgrade would stand still or end otherwise: let the change depend on a
/// new engine version, and record its histories beside these (docs/testing.md). None is ever replaced.
@Suite struct RecordedRunTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Histories")
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.sorted()

    @Test func eachEngineVersionIsRecorded() {
        let versions = Self.files.compactMap { Int($0.split(separator: "-").dropFirst().first ?? "") }
        #expect(Set(versions).isSuperset(of: 2...Interpreter.engineVersion))
        #expect(Self.files.count > 12)
    }

    @Test(arguments: files) func commandsAreThoseThatWereRecorded(_ file: String) throws {
        let data = try Data(contentsOf: Self.folder.appending(path: file))
        let events = try HistoryFile.events(json: data)
        _ = try WorkflowReplayer<DefinitionMachine>().replay(events)
        for divergence in try DefinitionMachine.divergencesFromPrefixes(of: events)
            + DefinitionMachine.divergencesInParts(of: events)
        {
            Issue.record("\(divergence)")
        }
        let records = try #require(try JSONValue(parsing: [UInt8](data))["events"]?.array)
        try Self.expectSameDetails(events, records)
    }

    /// Inputs, durations and results, which a replay does not compare.
    private static func expectSameDetails(_ events: [HistoryEvent], _ records: [JSONValue]) throws {
        guard case .workflowStarted(let start)? = events.first?.kind else { return }
        var started = 0
        for (index, event) in events.enumerated() {
            if case .workflowTaskStarted = event.kind { started = index }
            guard case .workflowTaskCompleted = event.kind else { continue }
            var run = WorkflowRun<DefinitionMachine>(
                namespace: "default", workflowID: start.workflowID, runID: start.originalRunID)
            try run.apply(history: Array(events[...started]))
            for (command, record) in zip(run.outgoing, records[(index + 1)...]) {
                let (today, recorded) = try (details(command), details(record))
                #expect(today == recorded, "event \(record["eventId"]?.string ?? "")")
            }
        }
    }

    private static func details(_ command: OutgoingCommand) throws -> JSONValue {
        switch command {
        case .scheduleActivity(_, let options):
            [
                "activity": .string(options.activityType), "queue": .string(options.taskQueue),
                "input": try options.input.first?.jsonValue() ?? .null,
                "start_to_close": milliseconds(options.startToClose),
            ]
        case .startTimer(_, let duration, _): ["timer": milliseconds(duration)]
        case .complete(let payload): ["completed": try payload.jsonValue()]
        case .fail(let failure):
            if case .application(let type, _, let details, _) = failure.kind {
                [
                    "failed": .string(failure.message), "type": .string(type),
                    "document": try details.first?.jsonValue() ?? .null,
                ]
            } else {
                ["failed": .string(failure.message)]
            }
        default: .null
        }
    }

    private static func details(_ record: JSONValue) throws -> JSONValue {
        if let activity = record["activityTaskScheduledEventAttributes"] {
            return [
                "activity": activity["activityType"]?["name"] ?? .null,
                "queue": activity["taskQueue"]?["name"] ?? .null, "input": try value(activity["input"]),
                "start_to_close": milliseconds(activity["startToCloseTimeout"]),
            ]
        }
        if let timer = record["timerStartedEventAttributes"] {
            return ["timer": milliseconds(timer["startToFireTimeout"])]
        }
        if let end = record["workflowExecutionCompletedEventAttributes"] {
            return ["completed": try value(end["result"])]
        }
        if let failure = record["workflowExecutionFailedEventAttributes"]?["failure"] {
            let application = failure["applicationFailureInfo"]
            return [
                "failed": failure["message"] ?? .null, "type": application?["type"] ?? .null,
                "document": try value(application?["details"]),
            ]
        }
        return .null
    }

    /// The first of some payloads.
    private static func value(_ payloads: JSONValue?) throws -> JSONValue {
        guard let data = payloads?["payloads"]?[0]?["data"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
            return .null
        }
        return try JSONValue(parsing: [UInt8](data))
    }

    private static func milliseconds(_ duration: Duration?) -> JSONValue {
        duration.map { .integer(Int64(($0 / .milliseconds(1)).rounded())) } ?? .null
    }

    /// `0.700s`.
    private static func milliseconds(_ text: JSONValue?) -> JSONValue {
        guard let seconds = text?.string.flatMap({ Double($0.dropLast()) }) else { return .null }
        return .integer(Int64((seconds * 1000).rounded()))
    }
}
