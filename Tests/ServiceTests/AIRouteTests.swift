import AsyncHTTPClient
import Foundation
import HTTPAPI
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

extension SharedService {
    /// The routes about AI, where the local provider answers.
    @Suite struct AIRoutes {
        private static let text: JSONValue =
            "Ada Lovelace wrote the first program. It was never run. Write to ada@example.com for a copy of it."

        private static func tenant(_ tier: String = "enterprise") async throws -> (id: String, key: String) {
            try await service.newTenant("ai-\(UUID())", ["tier": .string(tier)])
        }

        private static func ask(_ body: JSONValue, key: String) async throws -> Answer {
            try await service.send(.POST, "/ai/test", body, key: key)
        }

        @Test func oneOperationIsDoneAndTold() async throws {
            let tenant = try await Self.tenant()
            let summary = try await Self.ask(
                ["operation": "summarize", "text": Self.text, "max_words": 10], key: tenant.key)
            #expect(summary.status == 200 && summary["value"]?.string?.isEmpty == false, "\(summary)")
            #expect(summary["provider"] == "local" && summary["cost_microdollars"] == 0 && summary["cached"] == false)
            #expect(summary["attempts"]?.array?.count == 1 && summary["attempts"]?[0]?["outcome"] == "ok", "\(summary)")
            let entities = try await Self.ask(["operation": "extract_entities", "text": Self.text], key: tenant.key)
            #expect(
                entities["value"]?.array?.contains { $0["type"] == "email" && $0["text"] == "ada@example.com" } == true,
                "\(entities)")
            let category = try await Self.ask(
                [
                    "operation": "classify", "text": "The invoice is due.", "categories": ["Invoice", "Report"],
                    "model": "local", "cache": "bypass",
                ], key: tenant.key)
            #expect(category.status == 200 && category["value"]?.string != nil, "\(category)")
        }

        @Test(arguments: [
            (#"{}"#, 400, "missing_member"), (#"{"operation": "sing"}"#, 422, "invalid_value"),
            (#"{"operation": "summarize"}"#, 400, "missing_member"),
            (#"{"operation": "summarize", "text": "x", "prompt": "y"}"#, 400, "unknown_member"),
            (#"{"operation": "summarize", "text": 1}"#, 400, "invalid_member"),
            (#"{"operation": "summarize", "text": "x", "max_words": 0}"#, 422, "ai_bad_request"),
            (#"{"operation": "classify", "text": "x", "categories": ["a", 1]}"#, 422, "invalid_value"),
            (#"{"operation": "classify", "text": "x", "categories": ["a"], "examples": ["b"]}"#, 422, "invalid_value"),
            (#"{"operation": "personalize", "template": "Dear {name}"}"#, 400, "missing_member"),
            (#"{"operation": "generate_text", "prompt": "A poem"}"#, 422, "ai_unsupported"),
            (#"{"operation": "summarize", "text": "x", "cache": "perhaps"}"#, 422, "invalid_value"),
            (#"{"operation": "summarize", "text": "x", "model": "nonsense"}"#, 422, "invalid_value"),
            (#"{"operation": "summarize", "text": "x", "model": "openai/another"}"#, 403, "ai_not_entitled"),
            (#"{"operation": "summarize", "text": "x", "workflow_template": ""}"#, 422, "invalid_value"),
        ])
        func whatCannotBeAskedIsRefused(body: String, status: Int, code: String) async throws {
            let answer = try await service.post("/ai/test", body)
            #expect(answer.status == status && answer["code"]?.string == code, "\(body): \(answer)")
        }

        @Test func tierWithoutAIIsToldSo() async throws {
            let key = try SharedService.current.basic.key
            let answer = try await Self.ask(["operation": "summarize", "text": "A text."], key: key)
            #expect(answer.status == 403 && answer["code"] == "ai_not_entitled", "\(answer)")
            let capabilities = try await service.get("/ai/capabilities", key: key)
            #expect(capabilities["tier"] == "basic" && capabilities["operations"] == [], "\(capabilities)")
        }

        @Test func capabilitiesAreOfTheOwnTierOrTheOneThatTheOperatorNames() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant("premium"))
            let own = try await service.get("/ai/capabilities", key: tenant.key)
            #expect(own["models"]?[0]?["model"]?.string == ScriptedAI.model, "\(own)")
            #expect(own["models"]?[0]?["price"] == ["input": 1, "output": 20], "\(own)")
            let names = own["activities"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(names.count == 6 && names.contains("ai_optimize_timing_activity"), "\(names)")
            #expect(try await service.get("/ai/capabilities?tier=enterprise", key: tenant.key).status == 400)
            let operatorKey = try service.operatorKey
            #expect(try await service.get("/ai/capabilities", key: operatorKey).status == 400)
            let named = try await service.get("/ai/capabilities?tier=enterprise", key: operatorKey)
            #expect(named["models"]?.array?.compactMap { $0["provider"]?.string } == ["local"], "\(named)")
        }

        /// None waits for another's answer: what there may be at once is for the limits to say, which are not set here.
        @Test func callsAreUnderWayTogether() async throws {
            let (url, tenant) = (try SharedService.service.url, try await Self.tenant("premium"))
            var configuration = HTTPClient.Configuration()
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ScriptedAI.crowd
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
                for number in 1...ScriptedAI.crowd {
                    group.addTask {
                        var request = HTTPClientRequest(url: "\(url)/ai/test")
                        request.method = .POST
                        request.headers = ["Authorization": "Bearer \(tenant.key)", "Content-Type": "application/json"]
                        let body: JSONValue = [
                            "operation": "generate_text", "prompt": .string("AI-CROWD, number \(number)"),
                        ]
                        request.body = .bytes(ByteBuffer(bytes: body.serializedBytes()))
                        return try await client.execute(request, timeout: .seconds(120)).status.code
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await client.shutdown()
            #expect(statuses == Array(repeating: 200, count: ScriptedAI.crowd))
        }

        /// The type and the text of an answer that is no JSON.
        private static func plain(_ path: String, key: String, accept: String) async throws -> (String, String) {
            var request = HTTPClientRequest(url: try service.url + path)
            request.headers = ["Authorization": "Bearer \(key)", "Accept": accept]
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let body = try await response.body.collect(upTo: 1 << 20)
            return (response.headers.first(name: "Content-Type") ?? "", String(buffer: body))
        }

        /// A template's name comes from whoever may ask; a spreadsheet must not take it for a formula.
        @Test func figuresAreSummedUpAndCSVHoldsNoFormula() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant())
            for template in ["=HYPERLINK(1)", "=HYPERLINK(1)", #"a,"b""#] {
                let answer = try await Self.ask(
                    ["operation": "summarize", "text": Self.text, "workflow_template": .string(template)],
                    key: tenant.key)
                #expect(answer.status == 200, "\(answer)")
            }
            try await eventually(timeout: .seconds(20), "the calls are in the ledger") {
                try await service.get("/ai/usage", key: tenant.key)["totals"]?[0]?["calls"] == 3
            }
            let usage = try await service.get("/ai/usage?by=operation,template", key: tenant.key)
            #expect(usage["by"] == ["template", "operation"] && usage["totals"]?.array?.count == 2, "\(usage)")
            #expect(usage["totals"]?[0]?["operation"] == "summarize" && usage["totals"]?[0]?["calls"] == 2, "\(usage)")
            let cut = try await service.get("/ai/costs?by=template&limit=1", key: tenant.key)
            #expect(cut["totals"]?.array?.count == 1 && cut["truncated"] == true, "\(cut)")
            let lines = "template,calls,cost_microdollars,cost_dollars\r\n'=HYPERLINK(1),2,0,0.000000\r\n"
            let csv = lines + #""a,""b""",1,0,0.000000"# + "\r\n"
            let asked = try await Self.plain("/ai/costs?by=template&format=csv", key: tenant.key, accept: "*/*")
            #expect(asked.0 == "text/csv; charset=utf-8" && asked.1 == csv, "\(asked)")
            #expect(try await Self.plain("/ai/costs?by=template", key: tenant.key, accept: "text/csv").1 == csv)

            #expect(try await service.get("/ai/usage?from=2026-01-02&to=2026-01-01", key: tenant.key).status == 400)
            #expect(try await service.get("/ai/usage?from=yesterday", key: tenant.key).status == 400)
            #expect(try await service.get("/ai/usage?by=weather", key: tenant.key).status == 400)
            let early = try await service.get("/ai/costs?from=2020-01-01&to=2020-01-02T00:00:00Z", key: tenant.key)
            #expect(
                early["totals"]?[0]?["calls"] == 0 && early["totals"]?[0]?["cost_dollars"] == "0.000000", "\(early)")
        }

        @Test func figuresOfOthersAreTheOperatorsAlone() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant())
            let operatorKey = try service.operatorKey
            _ = try await Self.ask(["operation": "summarize", "text": Self.text], key: tenant.key)
            try await eventually(timeout: .seconds(20), "the operator sees the call") {
                let all = try await service.get("/ai/usage?by=tenant&limit=10000", key: operatorKey)
                return all["totals"]?.array?.contains { $0["tenant"]?.string == tenant.id && $0["calls"] == 1 } == true
            }
            let one = try await service.get("/ai/costs?tenant=\(tenant.id)", key: operatorKey)
            #expect(one["totals"]?[0]?["calls"] == 1, "\(one)")
            for query in ["by=tenant", "tenant=\(tenant.id)"] {
                #expect(try await service.get("/ai/usage?\(query)", key: tenant.key).status == 403, "\(query)")
            }
        }

        @Test func pointThatIsSwitchedOffGivesItsFallback() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant())
            let path = "/ai/points/document-processing/summary"
            let off = try await service.send(.PUT, path, ["enabled": false], key: tenant.key)
            #expect(off.status == 200 && off["enabled"] == false && off["holdout"] == 0, "\(off)")
            func shown(_ key: String) async throws -> JSONValue? {
                try await service.get("/ai/points", key: key)["points"]?.array?.first { $0["point"] == "summary" }?[
                    "enabled"]
            }
            #expect(try await shown(tenant.key) == false)
            #expect(try await shown(service.key) == true, "another tenant's is another")
            try await eventually(timeout: .seconds(60), "an execution starts without the point") {
                let answer = try await service.execute(text: "A text.", enhanced: true, wait: 60, key: tenant.key)
                return answer.fallbackReasons == ["summary": "switched_off"]
            }
            let preview = try await service.send(
                .POST, "/ai/preview", ["template": "document-processing"], key: tenant.key)
            #expect(preview["steps"]?[0]?["enabled"] == false && preview["steps"]?[1]?["enabled"] == true, "\(preview)")
            #expect(try await service.send(.PUT, path, [:], key: tenant.key)["enabled"] == true)
            let mistakes: [(String, JSONValue, Int)] = [
                ("document-processing/none", ["enabled": false], 404), ("none/summary", [:], 404),
                ("document-processing/summary", ["holdout": 2], 422), ("document-processing/summary", ["off": 1], 400),
            ]
            for (path, body, status) in mistakes {
                let answer = try await service.send(.PUT, "/ai/points/\(path)", body, key: tenant.key)
                #expect(answer.status == status, "\(path): \(answer)")
            }
        }

        @Test func outcomesAreKeptAndComparedByPoint() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant())
            let id = try await service.execute(text: "A text of its own.", enhanced: true, wait: 60, key: tenant.key).id
            let path = "/executions/\(id)/outcome"
            for value in [0.0, 12.5] {
                let told = try await service.send(
                    .POST, path, ["name": "revenue", "value": .number(value)], key: tenant.key)
                #expect(told.status == 200 && told["outcomes"] == ["revenue": .number(value)], "\(told)")
            }
            #expect(try await service.get(path, key: tenant.key)["outcomes"] == ["revenue": 12.5])
            for body: JSONValue in [["name": "a b", "value": 1], ["name": "a"], ["name": "a", "value": 2e15]] {
                #expect(try await service.send(.POST, path, body, key: tenant.key).status == 422, "\(body)")
            }
            let other = try await Self.tenant()
            #expect(try await service.get(path, key: other.key).status == 404)
            #expect(try await service.send(.POST, path, ["name": "a", "value": 1], key: other.key).status == 404)

            try await eventually(timeout: .seconds(20), "the point has its outcome") {
                let impact = try await service.get("/ai/impact?point=summary&window=7d", key: tenant.key)
                let point = impact["points"]?[0]
                return impact["points"]?.array?.count == 1 && point?["used"] == 1
                    && point?["outcomes"]?[0]?["with"] == ["count": 1, "mean": 12.5]
            }
            #expect(try await service.get("/ai/impact", key: other.key)["points"] == [])
            #expect(try await service.get("/ai/impact?window=1y", key: tenant.key).status == 400)
        }

        @Test func pricesAreAgreedByTheOperatorWithATenant() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant("premium"))
            let (operatorKey, path) = (try service.operatorKey, "/tenants/\(tenant.id)/ai/prices")
            func list(_ input: JSONValue) -> JSONValue {
                let price: JSONValue = ["effective_from": "2026-01-01", "input": input, "output": 2]
                return ["models": [["provider": "openai", "model": .string(ScriptedAI.model), "prices": [price]]]]
            }
            let bad = try await service.send(.PUT, path, list("free"), key: operatorKey)
            #expect(bad.status == 422 && bad.description.contains("models[0].prices[0]"), "\(bad)")
            #expect(try await service.send(.PUT, path, ["models": []], key: operatorKey).status == 422)
            #expect(try await service.get(path, key: operatorKey)["prices"] == .null)
            let good = try await service.send(.PUT, path, list(0.5), key: operatorKey)
            #expect(good.status == 200 && good["prices"] == list(0.5), "\(good)")
            try await eventually(timeout: .seconds(20), "the tenant has its price") {
                let capabilities = try await service.get("/ai/capabilities", key: tenant.key)
                return capabilities["models"]?[0]?["price"] == ["input": 0.5, "output": 2]
            }
            #expect(try await service.get(path, key: tenant.key).status == 401)
            #expect(try await service.send(.DELETE, path, nil, key: operatorKey).status == 204)
            let absent = "/tenants/\(UUID().uuidString.lowercased())/ai/prices"
            #expect(try await service.send(.PUT, absent, list(0.5), key: operatorKey).status == 404)
        }

        @Test func previewIsOfWhatTheTierMayAsk() async throws {
            let (service, tenant) = (try SharedService.service, try await Self.tenant())
            let body: JSONValue = ["template": "document-processing"]
            let local = try await service.send(.POST, "/ai/preview", body, key: tenant.key)
            #expect(
                local["steps"]?.array?.compactMap { $0["enhancement_point"]?.string } == [
                    "summary", "entities", "classification",
                ], "\(local)")
            #expect(local["steps"]?[0]?["entitled"] == true && local["total"]?["max_microdollars"] == 0, "\(local)")
            let basic = try await service.send(.POST, "/ai/preview", body, key: try SharedService.current.basic.key)
            #expect(basic["steps"]?.array?.allSatisfy { $0["entitled"] == false } == true, "\(basic)")
            #expect(basic["total"]?["expected_microdollars"] == 0, "\(basic)")
            let input: JSONValue = ["template": "document-processing", "input": ["document": 1]]
            let misfit = try await service.send(.POST, "/ai/preview", input, key: tenant.key)
            #expect(misfit.status == 422 && misfit["code"] == "invalid_input", "\(misfit)")
            let absent = try await service.send(.POST, "/ai/preview", ["template": "none"], key: tenant.key)
            #expect(absent.status == 404, "\(absent)")
        }
    }
}

struct CSVTests {
    @Test(arguments: [
        (["a", "b"], "a,b"), (["=1+1", "+1", "-1", "@x"], "'=1+1,'+1,'-1,'@x"), ([#"a"b"#, "c,d"], #""a""b","c,d""#),
        (["=a,b"], #""'=a,b""#), (["\r=1"], "\"'\r=1\""), (["a\nb"], "\"a\nb\""), (["\"\u{301},"], "\"\"\"\u{301},\""),
    ])
    func cellsAreQuotedAndNeverFormulas(cells: [String], line: String) {
        #expect(CSVText.line(cells).unicodeScalars.elementsEqual((line + "\r\n").unicodeScalars))
    }
}
