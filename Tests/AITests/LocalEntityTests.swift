import AI
import Testing

@Suite struct LocalEntityTests {
    @Test func aContractsEntities() async throws {
        #expect(
            try await Local.found(Documents.contract) == [
                "date 15 March 2026", "organization Northwind Traders GmbH", "organization Acme Robotics, Inc.",
                "date April 1, 2026",
                "person Jonas Weber", "person Maria Keller", "money EUR 12,500.00", "iban DE89 3704 0044 0532 0130 00",
                "money $1.5 million", "email legal@northwind.example", "phone +49 30 901820",
                "url https://northwind.example/terms(v2)", "person Eleanor Vance",
            ])
    }

    @Test func anInvoicesEntities() async throws {
        #expect(
            try await Local.found(Documents.invoice) == [
                "organization Northwind Traders GmbH", "date 2026-05-04", "date 03.06.2026",
                "organization Acme Robotics, Inc.",
                "money EUR 12,842.00", "money EUR 2,439.98", "money EUR 15,281.98", "iban DE89 3704 0044 0532 0130 00",
                "email billing@northwind.example", "phone 030 901820-15",
            ])
    }

    @Test func aResumesEntities() async throws {
        #expect(
            try await Local.found(Documents.resume) == [
                "person Priya Raman", "email priya.raman@mail.example", "phone +44 20 7946 0958",
                "organization Kestrel Payments Ltd",
                "organization Blue Fjord AS", "organization University of Leeds",
            ])
    }

    @Test(arguments: [
        Documents.contract, Documents.invoice, Documents.report, Documents.resume, Documents.chinese, Documents.arabic,
    ])
    func placesCountUnicodeScalars(text: String) async throws {
        // Emoji of several scalars and combining accents before the text move everything but change nothing.
        let shifted = "👩‍👩‍👧 e\u{301}🇩🇪 " + text
        let plain = try await Local.entities(text)
        let moved = try await Local.entities(shifted)
        #expect(placesHold(plain, in: text))
        #expect(placesHold(moved, in: shifted))
        #expect(plain.map(\.text) == moved.map(\.text))
    }

    @Test(arguments: [
        ("mail a.b+c@mail.example.org, now", ["email a.b+c@mail.example.org"]),
        ("<jo@x.io>", ["email jo@x.io"]),
        ("a@b and @handle and a@@b.com and x@1.2 and .@.com", []),
        ("a..b@mail.example", []),
        ("see http://a.example/x_(y)?q=1#z.", ["url http://a.example/x_(y)?q=1#z"]),
        ("(https://a.example)", ["url https://a.example"]),
        ("www.example.org/path, www.no", ["url www.example.org/path"]),
        ("file:///etc/passwd javascript://x http://", []),
    ])
    func addresses(text: String, expected: [String]) async throws {
        #expect(try await Local.found(text) == expected)
    }

    @Test(arguments: [
        ("on 2024-02-29 and 2023-02-29", ["date 2024-02-29"]),
        ("2026-03-01T10:00:30Z, 2026-03-01 23:59", ["date 2026-03-01T10:00:30Z", "date 2026-03-01 23:59"]),
        ("31.12.2026 and 31.11.2026", ["date 31.12.2026"]),
        ("12/31/2026 31/12/2026 13/13/2026", ["date 12/31/2026", "date 31/12/2026"]),
        ("the 3rd of May 2025, May 3rd, 2025", ["date 3rd of May 2025", "date May 3rd, 2025"]),
        (
            "15. März 2026; 1 août 2026; 3 de mayo de 2026",
            ["date 15. März 2026", "date 1 août 2026", "date 3 de mayo de 2026"]
        ),
        ("February 30, 2026 or February 2026", ["date February 2026"]),
        ("due 5 Sept. 2026", ["date 5 Sept. 2026"]),
        ("2026年3月15日", ["date 2026年3月15日"]),
        ("version 1.2.3 and 192.168.1.20 and 10.11.12.13", []),
        ("1900-02-29 2000-02-29 2100-02-29", ["date 2000-02-29"]),
    ])
    func dates(text: String, expected: [String]) async throws {
        #expect(try await Local.found(text) == expected)
    }

    @Test(arguments: [
        ("$5, US$ 1,234.50, €3.20 and £7k", ["money $5", "money US$ 1,234.50", "money €3.20", "money £7k"]),
        (
            "1.234,50 € or 1 234,50 EUR or CHF 1'234.50",
            ["money 1.234,50 €", "money 1 234,50 EUR", "money CHF 1'234.50"]
        ),
        ("5 million dollars, 12 euros", ["money 5 million dollars", "money 12 euros"]),
        ("₹1,00,000 and JPY 500", ["money ₹1,00,000", "money JPY 500"]),
        ("$ and EUR and $x and USD per day", []),
        ("EUR -12.00", ["money EUR -12.00"]),
        ("12 percent, 12%, B-220", []),
    ])
    func money(text: String, expected: [String]) async throws {
        #expect(try await Local.found(text) == expected)
    }

    @Test(arguments: [
        ("+1 (415) 555-0132 and (415) 555-0132", ["phone +1 (415) 555-0132", "phone (415) 555-0132"]),
        ("415-555-0132 or 1-800-555-0199", ["phone 415-555-0132", "phone 1-800-555-0199"]),
        ("Tel.: 030/901820 Fax 030 90182 99", ["phone 030/901820", "phone 030 90182 99"]),
        ("order 12345678, +12, 123-45-6789, 0301234567", []),
        ("0049 30 901820", ["phone 0049 30 901820"]),
        ("415-555-0132x378, 415.555.0132x12", ["phone 415-555-0132x378", "phone 415.555.0132x12"]),
        ("415-555-0132x1234567, 415-555-0132xl", []),
    ])
    func phones(text: String, expected: [String]) async throws {
        #expect(try await Local.found(text) == expected)
    }

    @Test(arguments: [
        ("DE89370400440532013000", ["iban DE89370400440532013000"]),
        ("GB82 WEST 1234 5698 7654 32.", ["iban GB82 WEST 1234 5698 7654 32"]),
        (
            "NL91ABNA0417164300 FR1420041010050500013M02606",
            ["iban NL91ABNA0417164300", "iban FR1420041010050500013M02606"]
        ),
        ("DE89370400440532013001", []),
        ("XX89370400440532013000", []),
        ("DE8937040044053201300", []),
    ])
    func bankAccounts(text: String, expected: [String]) async throws {
        #expect(try await Local.found(text) == expected)
    }

    @Test(arguments: [
        ("4111 1111 1111 1111", ["card **** **** **** 1111"]),
        ("5555555555554444", ["card ************4444"]),
        ("3782-822463-10005", ["card ****-******-*0005"]),
        ("card 6011111111111117 12/27 123", ["card ************1117"]),
        ("213100000000001 or 6759000000000000", ["card ***********0001", "card ************0000"]),
        ("4111 1111 1111 1112", []),
        ("0000 0000 0000 0000", []),
        ("1234 5678 9012 3452", []),
    ])
    func cardsAreCheckedAndMasked(text: String, expected: [String]) async throws {
        let entities = try await Local.entities(text)
        #expect(entities.filter { $0.type == "card" }.map { "\($0.type) \($0.text)" } == expected)
        for entity in entities where entity.type == "card" { #expect(entity.text.count == entity.end - entity.start) }
    }

    @Test(arguments: [
        ("signed between Blue Door and Red Window on paper", ["organization Blue Door", "organization Red Window"]),
        ("Dear Ms. Okafor, welcome", ["person Okafor"]),
        ("Prof. Ada van der Berg spoke", ["person Ada van der Berg"]),
        ("We met Maria Keller's team and Anna Schmidt.", ["person Maria Keller", "person Anna Schmidt"]),
        (
            "Smith & Sons Ltd. and Kiln Works GmbH & Co. KG",
            ["organization Smith & Sons Ltd.", "organization Kiln Works GmbH & Co. KG"]
        ),
        ("The Service Agreement and the Annual Report", []),
        ("Customer: Tall Pines", ["organization Tall Pines"]),
        ("Name: Ada Okafor", ["person Ada Okafor"]),
        ("the name String and a customer Table", []),
        ("THE ACME TRADING LTD PAID", ["organization ACME TRADING LTD"]),
    ])
    func names(text: String, expected: [String]) async throws {
        #expect(try await Local.found(text) == expected)
    }

    @Test func theNumberOfEntitiesIsBounded() async throws {
        let text = (0..<2_000).map { "user\($0)@mail.example" }.joined(separator: " ")
        let entities = try await Local.entities(text)
        #expect(entities.count == 500)
        #expect(entities.first?.text == "user0@mail.example")
    }
}
