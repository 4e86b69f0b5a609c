import AI
import Foundation
import JSON
import Logging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PriceBookTests {
    private static func day(_ text: String) throws -> Date {
        try Date.ISO8601FormatStyle().year().month().day().parse(text)
    }

    private static func list(_ provider: String, _ model: String, from days: [(String, Double)]) -> JSONValue {
        [
            "models": [
                [
                    "provider": .string(provider), "model": .string(model),
                    "prices": .array(
                        days.map { day, input in
                            ["effective_from": .string(day), "input": .number(input), "output": 0]
                        }),
                ]
            ]
        ]
    }

    @Test func ourListHasEveryModelWithItsFacts() throws {
        let book = PriceBook()
        let today = try Self.day("2026-11-23")
        #expect(book.models.count == 19)
        for model in book.models {
            let price = try #require(book.price(model, at: today))
            #expect(price.rates.input > 0 && price.rates.output > price.rates.input, "\(model)")
            #expect(price.contextWindow ?? 0 > 8_000 && price.maximumOutputTokens ?? 0 >= 4_096, "\(model)")
            #expect(price.tierClass != nil)
            for rates in [price.rates, price.batch, price.longContext?.rates].compactMap({ $0 }) {
                #expect(rates.cachedInput ?? 0 <= rates.input && rates.cacheWrite ?? .max >= rates.input, "\(model)")
            }
        }
        let sol = try #require(book.price(AIModel(provider: "openai", name: "gpt-6.1-sol"), at: today))
        #expect(sol.rates == .init(input: 2_000_000, cachedInput: 100_000, cacheWrite: 2_500_000, output: 10_000_000))
        #expect(sol.longContext?.threshold == 272_000)
        #expect(sol.longContext?.rates.output == 15_000_000)
        #expect(sol.batch?.output == 5_000_000)
        #expect(
            book.price(AIModel(provider: "gemini", name: "gemini-4-argon"), at: today)?.maximumOutputTokens == 1_048_576
        )
        #expect(book.price(AIModel(provider: "mistral", name: "mistral-large-4"), at: today)?.rates.input == 1_360_000)
        #expect(book.price(AIModel(provider: "anthropic", name: "unheard-of"), at: today) == nil)
        #expect(book.price(.local, at: today)?.isFree == true)
    }

    @Test func theMissionsNamesLeadToTodaysModels() throws {
        let book = PriceBook()
        func resolved(_ provider: String, _ name: String, on day: String) throws -> String {
            book.resolve(AIModel(provider: provider, name: name), at: try Self.day(day)).description
        }
        #expect(try resolved("openai", "gpt-3.5-turbo", on: "2026-11-23") == "openai/gpt-6-luna")
        #expect(try resolved("openai", "gpt-4", on: "2026-11-23") == "openai/gpt-6.1-terra")
        #expect(try resolved("openai", "gpt-4", on: "2026-10-22") == "openai/gpt-4")
        // Another server's model of that name is its own affair.
        #expect(try resolved("azure", "gpt-4", on: "2026-11-23") == "azure/gpt-4")
        let today = try Self.day("2026-11-23")
        #expect(book.model(named: "gpt-4", at: today)?.description == "openai/gpt-6.1-terra")
        #expect(book.model(named: "claude-opus-5-5", at: today)?.description == "anthropic/claude-opus-5-5")
        #expect(book.model(named: "vllm/org/llama", at: today) == AIModel(provider: "vllm", name: "org/llama"))
        #expect(book.model(named: "local", at: today) == .local)
        #expect(book.model(named: "unheard-of", at: today) == nil)
    }

    @Test func aPriceHoldsFromItsDay() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "prices.json")
            let list = Self.list(
                "openai", "gpt-6-luna", from: [("2026-12-01", 0.2), ("2026-11-22", 0.15), ("2027-01-01", 0.3)])
            try Data(list.serializedBytes()).write(to: file)
            let book = try PriceBook(file: file.path)
            let model = AIModel(provider: "openai", name: "gpt-6-luna")
            func input(_ day: String) throws -> Int64? { book.price(model, at: try Self.day(day))?.rates.input }
            #expect(try input("2026-11-21") == nil)
            #expect(try input("2026-11-22") == 150_000)
            #expect(try input("2026-11-30") == 150_000)
            #expect(try input("2026-12-01") == 200_000)
            #expect(try input("2027-06-01") == 300_000)
            // Models the file does not name keep our prices.
            #expect(book.price(AIModel(provider: "openai", name: "gpt-6.1-sol"), at: try Self.day("2026-11-23")) != nil)
        }
    }

    @Test func aTenantsPricesComeFirstAndAreItsAlone() throws {
        let book = PriceBook()
        let model = AIModel(provider: "openai", name: "gpt-6-luna")
        let tenant = UUID()
        let today = try Self.day("2026-11-23")
        try book.setTenantPrices([tenant: Self.list("openai", "gpt-6-luna", from: [("2026-11-01", 0.07)])])
        #expect(book.price(model, tenant: tenant, at: today)?.rates.input == 70_000)
        #expect(book.price(model, tenant: UUID(), at: today)?.rates.input == 100_000)
        #expect(book.price(model, at: today)?.rates.input == 100_000)
        #expect(throws: PriceListError.self) { try book.setTenantPrices([tenant: ["models": [[:]]]]) }
        #expect(book.price(model, tenant: tenant, at: today)?.rates.input == 70_000)
        try book.setTenantPrices([:])
        #expect(book.price(model, tenant: tenant, at: today)?.rates.input == 100_000)
    }

    @Test func aChangedFileIsReadAndABadOneIsNot() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "prices.json")
            func write(_ list: JSONValue) throws { try Data(list.serializedBytes()).write(to: file, options: .atomic) }
            try write(Self.list("vllm", "llama", from: [("2026-01-01", 1)]))
            let book = try PriceBook(file: file.path)
            let tenant = UUID()
            try book.setTenantPrices([tenant: Self.list("vllm", "own", from: [("2026-01-01", 5)])])
            let watch = Task { await book.watch(logger: Logger(label: "test")) }
            defer { watch.cancel() }
            let model = AIModel(provider: "vllm", name: "llama")
            #expect(book.price(model)?.rates.input == 1_000_000)
            try write(Self.list("vllm", "llama", from: [("2026-01-01", 2)]))
            try await eventually { book.price(model)?.rates.input == 2_000_000 }
            #expect(book.price(AIModel(provider: "vllm", name: "own"), tenant: tenant)?.rates.input == 5_000_000)
            try Data("{\"models\": [".utf8).write(to: file)
            #expect(throws: PriceListError.self) { try book.reload() }
            #expect(book.price(model)?.rates.input == 2_000_000)
        }
    }

    @Test func whatAnOperatorShouldLookAtIsSaid() throws {
        let book = PriceBook([
            AIModel(provider: "vllm", name: "free"): [
                ModelPrice(effectiveFrom: try Self.day("2020-01-01"), rates: .init(input: 0, output: 0))
            ]
        ])
        let sol = AIModel(provider: "openai", name: "gpt-6.1-sol")
        let lite = AIModel(provider: "gemini", name: "gemini-3.5-flash-lite")
        let models = [sol, .local, AIModel(provider: "vllm", name: "free")]
        #expect(book.warnings(for: models, at: try Self.day("2026-11-23")) == [])
        #expect(book.warnings(for: models, at: try Self.day("2027-02-20")) == [])
        #expect(
            book.warnings(for: models, at: try Self.day("2027-02-21")) == [
                "the newest price of the model openai/gpt-6.1-sol is 91 days old"
            ])
        #expect(
            book.warnings(for: [lite], at: try Self.day("2027-07-01")).last
                == "the provider retires the model gemini/gemini-3.5-flash-lite on 2027-07-21")
        #expect(
            book.warnings(for: [lite], at: try Self.day("2027-08-01")).last
                == "the provider retired the model gemini/gemini-3.5-flash-lite on 2027-07-21")
        #expect(
            book.warnings(for: [AIModel(provider: "x", name: "y")], at: try Self.day("2026-11-23")) == [
                "the model x/y has no price and is not used"
            ])
    }

    @Test(arguments: [
        ("[1]", "models[0]"), ("7", "models"), ("{", "JSON"),
        (#"{"models":[{"provider":"a","model":"b"}]}"#, "models[0]: \"prices\""),
        (#"{"models":[{"provider":"","model":"b","prices":[]}]}"#, "\"provider\""),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"soon","input":1,"output":1}]}]}"#,
            "a day"
        ),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"2026-13-01","input":1,"output":1}]}]}"#,
            "a day"
        ),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"2026-01-01","input":-1,"output":1}]}]}"#,
            "\"input\""
        ),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"2026-01-01","input":"1","output":1}]}]}"#,
            "\"input\""
        ),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"2026-01-01","input":0.0000001,"output":1}]}]}"#,
            "six decimals"
        ),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"2026-01-01","input":1}]}]}"#,
            "\"output\""
        ),
        (
            #"{"models":[{"provider":"a","model":"b","prices":[{"effective_from":"2026-01-01","input":1,"output":1,"long_context":{"input":1,"output":1}}]}]}"#,
            "models[0].prices[0].long_context: \"above\""
        ),
        (#"{"aliases":[{"name":"a","model":"b","effective_from":"2026-01-01"}]}"#, "provider/model"),
    ])
    func mistakesAreNamedWithTheirPlace(text: String, part: String) {
        let error = #expect(throws: PriceListError.self) { try PriceList(parsing: Array(text.utf8)) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
}
