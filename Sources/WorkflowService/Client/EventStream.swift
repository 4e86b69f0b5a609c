import AsyncHTTPClient
import Foundation
import JSON
import NIOCore

/// A server-sent event.
struct ServerSentEvent: Sendable {
    var id: String?
    var name = "message"
    var data = ""

    var json: JSONValue {
        var object = JSONObject()
        object["id"] = id.map { .string($0) } ?? .null
        object["event"] = .string(name)
        object["data"] = (try? JSONValue(parsing: data)) ?? .string(data)
        return .object(object)
    }
}

/// Cuts a stream of bytes into events, by the rules of the HTML standard.
struct EventParser {
    private var line: [UInt8] = []
    private var event = ServerSentEvent()
    private var hasData = false
    /// Of one line; more is no event of ours.
    private static let limit = 1 << 20

    mutating func take(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if line.count < Self.limit { line.append(byte) }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let event = end(of: String(decoding: line, as: UTF8.self)) { events.append(event) }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }

    /// An empty line ends an event.
    private mutating func end(of line: String) -> ServerSentEvent? {
        guard !line.isEmpty else {
            defer { (event, hasData) = (ServerSentEvent(), false) }
            return hasData ? event : nil
        }
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        let rest = line[colon...].dropFirst()
        let value = String(rest.first == " " ? rest.dropFirst() : rest)
        switch line[..<colon] {
        case "id": event.id = value
        case "event": event.name = value
        case "data":
            event.data += (hasData ? "\n" : "") + value
            hasData = true
        default: break
        }
        return nil
    }
}

extension APIClient {
    /// The events under an address until the service ends the stream.
    func events(
        at path: String, query: [String: String?] = [:], after last: String?,
        _ body: (ServerSentEvent) async throws -> Void
    ) async throws {
        var parser = EventParser()
        let stream = try await stream(
            path, query: query,
            headers: last.map { ["Accept": "text/event-stream", "Last-Event-ID": $0] }
                ?? ["Accept": "text/event-stream"])
        for try await chunk in stream {
            for event in parser.take(chunk.readableBytesView) { try await body(event) }
        }
    }
}
