import Foundation
import JSON
import NIOHTTP1
import Testing

extension SharedService {
    @Suite struct MainJob {
        struct Example: Sendable, CustomTestStringConvertible {
            var file: String
            var mediaType: String
            var words: ClosedRange<Int64>
            var category: String
            /// Type and text of some of the entities.
            var entities: [(String, String)]
            var summary: String
            var testDescription: String { file }
        }

        private static let examples = [
            Example(
                file: "contract.pdf", mediaType: "application/pdf", words: 300...370, category: "Contract",
                entities: [
                    ("date", "15 September 2026"), ("money", "USD 86,400.00"), ("email", "legal@alderfinch.example"),
                ],
                summary: "Service Agreement"
            ),
            Example(
                file: "invoice.html", mediaType: "text/html", words: 95...115, category: "Invoice",
                entities: [
                    ("iban", "DE89 3704 0044 0532 0130 00"), ("money", "€690.20"), ("phone", "+49 40 5550 1234"),
                ],
                summary: "Harbour Light"
            ),
            Example(
                file: "report.md", mediaType: "text/markdown", words: 215...245, category: "Report",
                entities: [("person", "Maria Keller"), ("money", "$1,250,000"), ("date", "2026-12-02")],
                summary: "Water delivered"
            ),
        ]

        private static func upload(_ example: Example) async throws -> String {
            let file = Package.examples.appending(path: "document-processing/\(example.file)")
            return try await service.upload(try Data(contentsOf: file), example.mediaType, filename: example.file)
        }

        @Test(arguments: examples)
        func documentIsReadAndStored(example: Example) async throws {
            let service = try service
            let document = try await Self.upload(example)
            let answer = try await service.execute(document: document, wait: 60)
            #expect(answer.executionStatus == "completed", "\(answer)")
            let result = try #require(answer.result)
            #expect(result["media_type"]?.string == example.mediaType)
            #expect(example.words.contains(result["words"]?.integer ?? 0), "\(result)")
            #expect(result["document"]?["id"]?.string == document)
            let processed = try #require(result["processed_document"]?["id"]?.string)
            let stored = try await service.get("/documents/\(processed)")
            #expect(stored["execution_id"] == answer["id"] && stored["text"]?.string?.isEmpty == false)
            #expect(stored.headers["Content-Disposition"] == ["attachment"])
            #expect(result["summary"] == .null && result["entities"] == .null && result["classification"] == .null)
            #expect(answer["ai_enhanced"] == false && answer["fallback_used"] == false)
            #expect(answer["ai_activities_used"] == [])
            #expect(Set(answer.fallbackReasons.values) == ["not_requested"])
            let steps = answer["steps"]?.array ?? []
            #expect(
                steps.compactMap { $0["name"]?.string }
                    == ["extract", "understand", "summarize", "find_entities", "classify", "store"])
            #expect(steps.compactMap { $0["number"]?.integer } == [1, 2, 3, 4, 5, 6])
        }

        @Test(arguments: examples)
        func documentIsUnderstood(example: Example) async throws {
            let service = try service
            let answer = try await service.execute(document: try await Self.upload(example), enhanced: true, wait: 60)
            #expect(answer.status == 200 && answer.executionStatus == "completed", "\(answer)")
            #expect(answer.headers.first(name: "Location") == "/workflows/executions/\(answer.id)")
            let result = try #require(answer.result)
            #expect(result["summary"]?.string?.contains(example.summary) == true, "\(result)")
            #expect(result["classification"]?["category"]?.string == example.category)
            let entities = result["entities"]?.array ?? []
            for (type, text) in example.entities {
                #expect(
                    entities.contains { $0["type"]?.string == type && $0["text"]?.string == text }, "\(type) \(text)")
            }
            #expect(answer["fallback_used"] == false && answer["fallbacks"] == [])
            #expect(answer["ai_activities_used"]?.array?.count == 3)
            #expect(answer["ai_cost_microdollars"] == 0)
            #expect((answer["duration_ms"]?.integer ?? 0) > 0)
            let envelope = try #require(answer["output"])
            #expect(envelope["ai_enhanced"] == true)
            #expect(envelope["execution_metadata"]?["execution_id"]?.string == answer.id)
            let again = try await service.get("/executions/\(answer.id)")
            #expect(again.body == answer.body)
        }

        @Test func executionWithoutWaitIsAcceptedAndEnds() async throws {
            let service = try service
            let accepted = try await service.execute(text: "A short text.")
            #expect(accepted.status == 202 && ["pending", "running"].contains(accepted.executionStatus), "\(accepted)")
            #expect(accepted.headers.first(name: "Location") == "/workflows/executions/\(accepted.id)")
            let closed = try await service.closed(accepted.id)
            #expect(closed.executionStatus == "completed", "\(closed)")
            #expect(closed.result?["words"] == 3)
        }

        @Test func listIsPagedAndFiltered() async throws {
            let service = try service
            // A tenant of its own: nothing else runs there.
            let key = try await service.makeTenant("list", tier: "basic").key
            var ids: [String] = []
            for number in 1...3 {
                ids.append(try await service.execute(text: "Text \(number).", wait: 60, key: key).id)
            }
            let failed = try await service.execute(document: UUID().uuidString, wait: 60, key: key)

            var seen: [String] = []
            var cursor = ""
            for _ in 1...4 {
                let page = try await service.get("/executions?limit=1\(cursor)", key: key)
                #expect(page.status == 200 && page["executions"]?.array?.count == 1, "\(page)")
                seen.append(page["executions"]?[0]?["id"]?.string ?? "")
                guard let next = page["next_cursor"]?.string else { break }
                cursor = "&cursor=\(next)"
            }
            #expect(seen == [failed.id] + ids.reversed())

            #expect(failed.executionStatus == "failed", "\(failed)")
            let filtered = try await service.get("/executions?status=failed&template=document-processing", key: key)
            #expect(filtered["executions"]?.array?.compactMap { $0["id"]?.string } == [failed.id], "\(filtered)")
            let none = try await service.get("/executions?template=other", key: key)
            #expect(none["executions"] == [] && none["next_cursor"] == .null)
        }

        @Test func healthNamesEveryPartAndNeedsNoKey() async throws {
            let health = try await service.send(.GET, "/health", key: nil)
            #expect(health.status == 200, "\(health)")
            // Other tests let a provider fail, which is a warning.
            #expect(health["checks"]?["ai_providers:responseTime"]?[0]?["status"] != nil, "\(health)")
            for part in ["database", "temporal", "workers"] {
                let check = try #require(health["checks"]?["\(part):responseTime"]?[0])
                #expect(check["status"] == "pass")
                // What is inside is for callers with a key.
                #expect(check["output"] == nil)
            }
            let withKey = try await service.get("/health")
            #expect(
                withKey["checks"]?["database:responseTime"]?[0]?["output"]
                    == .string(RunningService.usesPostgres ? "postgresql" : "sqlite"))
        }

        @Test func templatesSayWhatTheyTake() async throws {
            let answer = try await service.get("/templates")
            let template = try #require(answer["templates"]?.array?.first { $0["name"] == "document-processing" })
            #expect(template["parameters"]?["required"] == ["document"])
            #expect(
                template["ai_enhancement_points"]?.array?.compactMap { $0["id"]?.string } == [
                    "summary", "entities", "classification",
                ])
            #expect(template["version"] == "1.0.0")
        }

        /// Temporal refuses payloads of 2 MB: they travel by reference.
        @Test func textOfMegabytesPassesByReference() async throws {
            let service = try service
            var text = ""
            for number in 0..<24_000 {
                text +=
                    "Line \(number) tells of water, pumps and pressure, and of leaks that nobody reported before; the board was told.\n"
            }
            #expect(text.utf8.count > 2_500_000)
            let document = try await service.upload(Data(text.utf8), "text/plain", filename: "large.txt")
            let accepted = try await service.execute(document: document)
            let answer = try await service.closed(accepted.id, atMost: .seconds(150))
            #expect(answer.executionStatus == "completed", "\(answer)")
            #expect((answer.result?["characters"]?.integer ?? 0) > 2_500_000)

            let history = try await service.temporalJSON("workflow", "show", "-w", answer.id)
            let payloads = Self.payloads(in: history)
            let stored = Data("binary/stored".utf8).base64EncodedString()
            #expect(payloads.contains { $0["metadata"]?["encoding"]?.string == stored })
            #expect(payloads.allSatisfy { ($0["data"]?.string?.utf8.count ?? 0) < 200_000 })
        }

        private static func payloads(in value: JSONValue) -> [JSONValue] {
            if let array = value.array { return array.flatMap(payloads(in:)) }
            guard let object = value.object else { return [] }
            if object["metadata"] != nil, object["data"] != nil { return [value] }
            return object.keys.flatMap { key in object[key].map(payloads(in:)) ?? [] }
        }
    }
}
