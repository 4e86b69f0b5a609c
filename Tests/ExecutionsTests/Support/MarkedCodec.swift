import Foundation
import Temporal

/// Fails at payloads that hold a mark, and leaves the others as they are.
struct MarkedCodec: PayloadCodec {
    /// Temporal fails when it is to give such a value back.
    static let lost = "lost-chunk"
    /// Of somebody else's making: nobody here can read it.
    static let foreign = "foreign-words"
    /// Temporal takes no such value.
    static let refused = "refused-value"

    func encode(_ payloads: [Payload]) throws -> [Payload] {
        guard !Self.holds(Self.refused, payloads) else { throw TemporalError(.invalidArgument, "not this value") }
        return payloads
    }

    func decode(_ payloads: [Payload]) throws -> [Payload] {
        guard !Self.holds(Self.lost, payloads) else { throw TemporalError(.server, "a chunk of history is lost") }
        guard !Self.holds(Self.foreign, payloads) else { throw TemporalError(.payload, "no key") }
        return payloads
    }

    private static func holds(_ mark: String, _ payloads: [Payload]) -> Bool {
        payloads.contains { $0.data.range(of: Data(mark.utf8)) != nil }
    }
}
