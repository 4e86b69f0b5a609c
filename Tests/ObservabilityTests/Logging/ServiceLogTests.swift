import Foundation
import JSON
import Logging
import Observability
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct ServiceLogTests {
    /// A log into a pipe; `lines` waits for what was logged.
    private struct Captured {
        let log: ServiceLog
        let pipe = Pipe()

        init(_ level: Logger.Level = .info, _ format: LogFormat = .json, personalData: PersonalData = .masked) {
            log = ServiceLog(
                .init(level: level, format: format, personalData: personalData),
                descriptor: pipe.fileHandleForWriting.fileDescriptor, redactor: Redactor())
        }

        var text: String {
            log.flush()
            return String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        }
        var lines: [JSONValue] {
            get throws { try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) } }
        }
    }

    private struct Plain: Error { let code = 7 }
    private struct WithCause: Error, CustomStringConvertible, CustomDebugStringConvertible {
        var description: String { "outside" }
        var debugDescription: String { "outside (inside)" }
    }

    @Test func jsonLinesCarryCorrelationAndFields() async throws {
        let captured = Captured()
        let logger = captured.log.logger(label: "x")
        let (tenant, execution) = (UUID(), UUID())
        await Correlation.with {
            $0.tenant = tenant
            $0.execution = execution
            $0.step = "summarize"
            $0.attempt = 2
            $0.trace = TraceContext(header: CorrelationTests.valid)
        } _: {
            logger.info("It \"went\"\nwell", metadata: ["level": "own", "b": "\u{1b}[31m", "a": "1", "step": "other"])
        }
        let line = try #require(try captured.lines.first)
        #expect(line["message"]?.string == "It \"went\"\nwell")
        #expect(line["level"]?.string == "info")
        #expect(line["level_"]?.string == "own")
        #expect(line["tenant"]?.string == tenant.uuidString.lowercased())
        #expect(line["execution"]?.string == execution.uuidString.lowercased())
        #expect(line["trace"]?.string == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(line["attempt"]?.string == "2")
        // What a line says itself goes before what it inherits.
        #expect(line["step"]?.string == "other")
        #expect(line["b"]?.string == "\u{1b}[31m")
        let time = try #require(line["time"]?.string)
        let date = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(date.timeIntervalSinceNow) < 60)
        #expect(captured.log.executions.count == 1)
    }

    @Test func readableLinesAreOneLineEachAndSteerNoTerminal() throws {
        let captured = Captured(.info, .text)
        captured.log.logger(label: "x").warning("Two\nlines", metadata: ["a": "b c", "d": "\u{1b}[0m", "e": "plain"])
        let text = captured.text
        #expect(text.split(separator: "\n").count == 1)
        #expect(text.contains(#"warning  Two\nlines  a="b c" d="\u001b[0m" e=plain"#))
    }

    @Test func secretsAndAddressesNeverComeOut() throws {
        let captured = Captured()
        captured.log.logger(label: "x").error(
            "Calling postgres://u:hunter2@db for jane@example.com",
            metadata: ["password": "open sesame", "header": "Bearer abcdefgh12345678", "nested": ["a": "wfs_abcdefgh"]])
        let text = captured.text
        for secret in ["hunter2", "jane@", "sesame", "abcdefgh"] { #expect(!text.contains(secret)) }
        #expect(text.contains("j***@example.com"))
    }

    @Test func errorsAreToldWithTheirCauses() throws {
        let captured = Captured()
        let logger = captured.log.logger(label: "x")
        logger.error("a", error: WithCause())
        logger.error("b", metadata: ["error": .cause(WithCause())])
        logger.error("c", error: Plain())
        let lines = try captured.lines
        #expect(lines.map { $0["error"]?.string } == ["outside (inside)", "outside (inside)", "Plain(code: 7)"])
    }

    @Test func levelChangesWhileItRunsAndEndsInTime() throws {
        let captured = Captured(.warning)
        let logger = captured.log.logger(label: "x")
        logger.info("1")
        captured.log.levels.change(to: .debug, until: Date(timeIntervalSinceNow: 60))
        logger.debug("2")
        #expect(captured.log.levels.current.level == .debug)
        captured.log.levels.reset()
        logger.info("3")
        logger.error("4")
        #expect(try captured.lines.map { $0["message"]?.string } == ["2", "4"])
    }

    @Test func executionsKeepInformationThatTheStreamDoesNotShow() async throws {
        let captured = Captured(.error)
        let logger = captured.log.logger(label: "x")
        logger.info("of nobody")
        await Correlation.with {
            $0.execution = UUID()
        } _: {
            logger.info("kept")
            logger.debug("not kept")
        }
        logger.info("by Temporal's id", metadata: ["workflow-id": "\(UUID().uuidString.lowercased())"])
        logger.info("another client's", metadata: ["workflow-id": "theirs"])
        #expect(captured.log.executions.count == 2)
        logger.error("shown")
        #expect(try captured.lines.map { $0["message"]?.string } == ["shown"])
    }

    /// A pipe that nobody reads holds nobody up; what did not fit is told.
    @Test(.timeLimit(.minutes(1))) func slowReaderCostsLinesNotTime() async throws {
        let captured = Captured()
        let logger = captured.log.logger(label: "x")
        let text = String(repeating: "x", count: 4_000)
        let begin = ContinuousClock.now
        for _ in 0..<2_000 { logger.info("\(text)") }
        #expect(ContinuousClock.now - begin < .seconds(20))
        let reader = captured.pipe.fileHandleForReading
        // Drains until the notice arrives.
        let isTold = await Task.detached { () -> Bool in
            var all = Data()
            while !String(decoding: all.suffix(20_000), as: UTF8.self).contains("too fast") {
                let data = reader.availableData
                if data.isEmpty { return false }
                all += data
            }
            return true
        }.value
        #expect(isTold)
    }

    @Test func noisyExecutionIsCappedButItsWarningsPass() async {
        let captured = Captured(.critical)
        let logger = captured.log.logger(label: "x")
        await Correlation.with {
            $0.execution = UUID()
        } _: {
            for number in 0..<ExecutionLogQueue.maximumOfExecution + 100 { logger.info("\(number)") }
            #expect(captured.log.executions.count == ExecutionLogQueue.maximumOfExecution)
            logger.warning("still heard")
            #expect(captured.log.executions.count == ExecutionLogQueue.maximumOfExecution + 1)
        }
    }
}
