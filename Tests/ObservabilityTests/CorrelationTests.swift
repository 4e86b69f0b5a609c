import Foundation
import Logging
import Observability
import Testing

@Suite struct CorrelationTests {
    @Test func valuesHoldWithinAndAreInheritedByTasks() async {
        let tenant = UUID()
        #expect(Correlation.current == Correlation())
        await Correlation.with {
            $0.tenant = tenant
            $0.run = "outer"
        } _: {
            let inherited = await Task { Correlation.current.tenant }.value
            #expect(inherited == tenant)
            await Correlation.with {
                $0.run = "inner"
            } _: {
                #expect(Correlation.current.run == "inner")
                #expect(Correlation.current.tenant == tenant)
            }
            #expect(Correlation.current.run == "outer")
        }
        #expect(Correlation.current.tenant == nil)
    }

    @Test func metadataShowsIDsInLowerCaseAndOnlyWhatIsKnown() {
        var correlation = Correlation()
        #expect(correlation.metadata.isEmpty)
        let id = UUID()
        correlation.execution = id
        correlation.attempt = 2
        #expect(
            correlation.metadata == ["execution": "\(id.uuidString.lowercased())", "attempt": "2"])
    }

    static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func headerIsReadAndWritten() throws {
        let trace = try #require(TraceContext(header: Self.valid))
        #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.spanID == "00f067aa0ba902b7")
        #expect(trace.isSampled)
        #expect(trace.description == Self.valid)
        let child = trace.child()
        #expect(child.traceID == trace.traceID)
        #expect(child.spanID != trace.spanID)
        #expect(child.isSampled)
    }

    @Test func newTracesAreValidAndDiffer() {
        let traces = (0..<100).map { _ in TraceContext.new() }
        #expect(Set(traces.map(\.traceID)).count == 100)
        #expect(traces.allSatisfy { TraceContext(header: $0.description) == $0 })
    }

    @Test(arguments: [
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings", true),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.no", false),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
        ("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", false),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false),
        ("", false), ("\r\n", false), (String(repeating: "é", count: 4000), false),
    ])
    func onlyValidHeadersAreTaken(_ header: String, _ isValid: Bool) {
        #expect((TraceContext(header: header) != nil) == isValid)
    }
}
