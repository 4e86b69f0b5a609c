import Foundation
import Fuzz
import SwiftProtobuf
import Temporal
import TemporalProtocol
import Testing

/// A run of `KitchenSink` that a real server recorded; it must replay for ever.
@Suite struct HistoryFileTests {
    private static func recorded() throws -> Data {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: folder.appending(path: "Histories/kitchen-sink.json"))
    }

    private static let log = [
        #""one""#, #""a""#, #""b""#, "Activity task failed: never",
        "Activity task timed out: activity StartToClose timeout",
    ]

    private func expectToReplay(_ events: [HistoryEvent]) throws {
        let run = try WorkflowReplayer<KitchenSink>().replay(events)
        guard case .failed(let failure)? = run.outcome else {
            Issue.record("\(String(describing: run.outcome))")
            return
        }
        #expect(failure.message == "the end")
        let payload = try run.query(QueryCall(name: "log"))
        let log = try DataConverter.decode([String].self, from: payload)
        #expect(Set(log).isSuperset(of: Self.log) && log.count == 8)
    }

    @Test func whatTheCommandLineWroteReplaysFromEveryTask() throws {
        let events = try HistoryFile.events(json: Self.recorded())
        try expectToReplay(events)
        try expectSameCommandsFromEveryPrefix(of: events, KitchenSink.self)
        try expectSameCommandsInParts(of: events, KitchenSink.self)
    }

    @Test func anArrayAndTheOlderSpellingOfEnumsAreRead() throws {
        var object = try #require(try JSONSerialization.jsonObject(with: Self.recorded()) as? [String: Any])
        let events = try #require(object.removeValue(forKey: "events") as? [Any])
        var text = String(decoding: try JSONSerialization.data(withJSONObject: events), as: UTF8.self)
        for prefix in ["EVENT_TYPE_", "TASK_QUEUE_KIND_", "RETRY_STATE_", "TIMEOUT_TYPE_"] {
            let pattern = try Regex("\"\(prefix)([A-Z_]+)\"")
            text = text.replacing(pattern) { match in
                let words = (match.output[1].substring ?? "").split(separator: "_")
                return "\"" + words.map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined() + "\""
            }
        }
        #expect(text.contains("\"ActivityTaskTimedOut\"") && !text.contains("EVENT_TYPE_"))
        try expectToReplay(HistoryFile.events(json: Data(text.utf8)))
    }

    @Test func protobufIsRead() throws {
        let history = try Temporal_Api_History_V1_History(jsonUTF8Data: Self.recorded())
        try expectToReplay(HistoryFile.events(protobuf: history.serializedData()))
    }

    @Test(arguments: ["", "{", "null", "[1]", "{\"events\":7}", "{\"events\":[{\"eventId\":\"x\"}]}"])
    func whatIsNoHistoryIsRefused(_ text: String) {
        #expect(throws: HistoryFault.self) { try HistoryFile.events(json: Data(text.utf8)) }
        #expect(throws: HistoryFault.self) { try HistoryFile.events(protobuf: Data([0xff, 0xff])) }
    }

    @Test func anUnknownEventIsSkippedOnlyWhereItsWriterAllows() throws {
        var history = try Temporal_Api_History_V1_History(jsonUTF8Data: Self.recorded())
        let last = try #require(history.events.last?.eventID)
        var unknown = Temporal_Api_History_V1_HistoryEvent()
        unknown.eventID = last
        unknown.eventType = .UNRECOGNIZED(4_711)
        unknown.workerMayIgnore = true
        history.events[history.events.count - 1].eventID = last + 1
        history.events.insert(unknown, at: history.events.count - 1)
        try expectToReplay(HistoryEvent.events(history.events))
        history.events[history.events.count - 2].workerMayIgnore = false
        #expect {
            try HistoryEvent.events(history.events)
        } throws: { "\($0)" == "event \(last): unknown event type 4711, which workers must not ignore" }
    }

    @Test func aDamagedHistoryIsAFaultNeverACrash() throws {
        let events = try HistoryFile.events(json: Self.recorded())
        var random = SystemRandomNumberGenerator()
        for _ in 1...3_000 {
            var damaged = events
            for _ in 1...Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: damaged.indices, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: damaged.remove(at: index)
                case 1: damaged[index].kind = events.randomElement(using: &random)?.kind ?? damaged[index].kind
                default: damaged.swapAt(index, Int.random(in: damaged.indices, using: &random))
                }
            }
            for index in damaged.indices { damaged[index].id = Int64(index + 1) }
            // It throws nothing but `ReplayFault`; what it gives does not matter here.
            _ = try? WorkflowReplayer<KitchenSink>().replay(damaged)
        }
    }
}
