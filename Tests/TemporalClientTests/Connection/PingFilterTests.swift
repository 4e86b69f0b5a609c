import NIOCore
import Temporal
import Testing

@Suite struct PingFilterTests {
    static func frame(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + (0..<4).map { UInt8(stream >> (24 - 8 * UInt32($0)) & 255) } + payload
    }

    static func ping(_ number: UInt8, flags: UInt8 = 0) -> [UInt8] {
        frame(type: 6, flags: flags, payload: Array(repeating: number, count: 8))
    }

    private func run(_ reads: [[UInt8]], isAnswering: Bool = true) -> (forwarded: [UInt8], answered: [UInt8]) {
        var filter = PingFilter()
        var forwarded: [UInt8] = []
        var answered: [UInt8] = []
        for read in reads {
            for piece in filter.receive(ByteBuffer(bytes: read), isAnswering: isAnswering) {
                switch piece {
                case .forward(let bytes): forwarded += bytes.readableBytesView
                case .answer(let bytes): answered += bytes.readableBytesView
                }
            }
        }
        return (forwarded, answered)
    }

    @Test func pingsAreTakenOutHoweverTheStreamIsCut() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var stream: [UInt8] = []
            var expected: [UInt8] = []
            var answers: [UInt8] = []
            for number in 0..<UInt8.random(in: 1...20, using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    stream += Self.ping(number)
                    answers += Self.ping(number, flags: 1)
                case 1:
                    // Our own keepalive's answer passes.
                    stream += Self.ping(number, flags: 1)
                    expected += Self.ping(number, flags: 1)
                default:
                    // Payloads that look like PINGs are payloads.
                    let payload = Bool.random() ? Self.ping(1) : Array(repeating: 6, count: .random(in: 0...40))
                    let frame = Self.frame(type: .random(in: 0...9), stream: .random(in: 1...99), payload: payload)
                    stream += frame
                    expected += frame
                }
            }
            var reads: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 30), using: &generator)
                reads.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let (forwarded, answered) = run(reads)
            #expect(forwarded == expected)
            #expect(answered == answers)
        }
    }

    @Test func pingsPassWhileThePeerDoesNotRead() {
        let (forwarded, answered) = run([Self.ping(1), Self.ping(2)], isAnswering: false)
        #expect(forwarded == Self.ping(1) + Self.ping(2))
        #expect(answered.isEmpty)
    }

    @Test func malformedPingsAreLeftToTheHTTP2Handler() {
        let long = Self.frame(type: 6, payload: Array(repeating: 0, count: 9))
        let onStream = Self.frame(type: 6, stream: 3, payload: Array(repeating: 0, count: 8))
        let (forwarded, answered) = run([long + onStream])
        #expect(forwarded == long + onStream)
        #expect(answered.isEmpty)
    }
}
