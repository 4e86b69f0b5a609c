/// Where a piece of work stands in a distributed trace, as W3C Trace Context's `traceparent` header tells it.
///
/// https://www.w3.org/TR/trace-context/#traceparent-header
package struct TraceContext: Sendable, Hashable, CustomStringConvertible {
    /// 32 lower-case hexadecimal digits, not all zero.
    package let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero: the span that is the parent of what comes next.
    package let spanID: String
    /// Somebody records this trace; the flag travels on.
    package let isSampled: Bool

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// A trace that begins here.
    package static func new() -> TraceContext {
        TraceContext(traceID: hex() + hex(), spanID: hex(), isSampled: false)
    }

    /// nil for anything but a valid header: whoever gets nil begins a new trace. A later version of the format may have
    /// more after the flags; version `ff` is none.
    package init?(header: some StringProtocol) {
        let bytes = Array(header.utf8.prefix(Self.maximumHeader + 1))
        guard bytes.count >= 55, bytes.count <= Self.maximumHeader, bytes[2] == Self.dash, bytes[35] == Self.dash,
            bytes[52] == Self.dash
        else { return nil }
        let version = bytes[0..<2]
        let (trace, span, flags) = (bytes[3..<35], bytes[36..<52], bytes[53..<55])
        guard [version, trace, span, flags].allSatisfy({ $0.allSatisfy(Self.isLowerHex) }) else { return nil }
        let versionText = String(decoding: version, as: UTF8.self)
        guard versionText != "ff", bytes.count == 55 || (versionText != "00" && bytes[55] == Self.dash),
            trace.contains(where: { $0 != Self.zero }), span.contains(where: { $0 != Self.zero }),
            let flagBits = UInt8(String(decoding: flags, as: UTF8.self), radix: 16)
        else { return nil }
        traceID = String(decoding: trace, as: UTF8.self)
        spanID = String(decoding: span, as: UTF8.self)
        isSampled = flagBits & 1 == 1
    }

    /// The same trace with a span of its own: what a call to elsewhere sends, and what a request does here.
    package func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.hex(), isSampled: isSampled)
    }

    /// The header's value.
    package var description: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static let maximumHeader = 512
    private static let dash = UInt8(ascii: "-")
    private static let zero = UInt8(ascii: "0")

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// All zero would be invalid; from 1 on it cannot happen.
    private static func hex() -> String {
        let digits = String(UInt64.random(in: 1 ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
