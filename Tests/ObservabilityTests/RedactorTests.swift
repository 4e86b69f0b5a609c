import Foundation
import Observability
import Testing

@Suite struct RedactorTests {
    static let token = "aB3dEf6hIj9kLmNoPqRsTuVwXyZ012345"

    @Test(arguments: [
        ("key wfs_\(token) used", "key wfs_[redacted] used"),
        ("wfo_\(token)", "wfo_[redacted]"),
        ("whsec_abc+/def=", "whsec_[redacted]"),
        ("sk-proj-\(token).", "sk-[redacted]."),
        ("Authorization: Bearer \(token)", "Authorization: [redacted]"),
        ("sent bearer \(token), then", "sent bearer [redacted], then"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSM", "[redacted]"),
        ("postgres://user:p%40ss@db.example:5432/x", "postgres://user:[redacted]@db.example:5432/x"),
        ("postgres://user:p@ss:word@db/x?y=1", "postgres://user:[redacted]@db/x?y=1"),
        ("https://\(token)@host/path", "https://[redacted]@host/path"),
        ("host=db password=hunter22 user=me", "host=db password=[redacted] user=me"),
        ("?api_key=abc&x=1", "?api_key=[redacted]&x=1"),
        (#"{"password": "a b, c", "user": "me"}"#, #"{"password": "[redacted]", "user": "me"}"#),
        (#"{\"client_secret\":\"abc\",\"x\":1}"#, #"{\"client_secret\":\"[redacted]\",\"x\":1}"#),
        ("X-Api-Key: abc def\nnext: line", "X-Api-Key: [redacted]\nnext: line"),
        ("PASSWORD='open sesame'", "PASSWORD='[redacted]'"),
    ])
    func secretsAreTakenOut(_ text: String, _ expected: String) {
        #expect(Redactor(personalData: .full).redact(text) == expected)
    }

    @Test(arguments: [
        "", "nothing here", "task-aBcDeFgHiJkLmNoPqRsT", "wfs_…", "max_tokens=5 token_count=7",
        "the secret: there is none", "https://example.com/a?b=c", "a=b:c", "Bearer of news",
        "2026-11-23T06:58:17.123Z", "01234567-89ab-cdef-0123-456789abcdef", "user@host without a dot", "é=ü:漢@🦊",
    ])
    func otherTextsStayAsTheyAre(_ text: String) {
        #expect(Redactor(personalData: .masked).redact(text) == text)
    }

    @Test func addedValuesAreFoundInEveryForm() {
        let redactor = Redactor()
        redactor.add(#"pa"ss wörd"#)
        redactor.add("short")
        redactor.add("hunter2hunter2")
        redactor.add("hunter2")
        #expect(redactor.redact(#"x pa"ss wörd y"#) == "x [redacted] y")
        #expect(redactor.redact(#"{"a":"pa\"ss wörd"}"#) == #"{"a":"[redacted]"}"#)
        #expect(redactor.redact("https://h/?q=pa%22ss%20w%C3%B6rd&z") == "https://h/?q=[redacted]&z")
        #expect(redactor.redact("short") == "short")
        #expect(redactor.redact("hunter2hunter2hunter2!") == "[redacted][redacted]!")
    }

    @Test func manyValuesAreKeptUpToANumber() {
        let redactor = Redactor()
        for number in 0..<5_000 { redactor.add("secret-value-\(number)-x") }
        #expect(redactor.redact("secret-value-4999-x") == "[redacted]")
        #expect(redactor.redact("secret-value-0-x") == "secret-value-0-x")
    }

    @Test func valuesInUseOutlastTheNumber() {
        let redactor = Redactor()
        for number in 0..<5_000 {
            if number % 1_000 == 0 { redactor.add("used-again-and-again") }
            redactor.add("secret-value-\(number)-x")
        }
        #expect(redactor.redact("used-again-and-again") == "[redacted]")
        #expect(redactor.redact("secret-value-1000-x") == "secret-value-1000-x")
    }

    @Test func namesOfFieldsDecideToo() {
        let redactor = Redactor()
        #expect(redactor.redact("open sesame", of: "db-Password") == "[redacted]")
        #expect(redactor.redact("12", of: "input_tokens") == "12")
    }

    @Test func peopleAreMaskedAsConfigured() {
        let text = "Write to jane.doe+x@mail.example.com or call +49 (151) 234-567 89, order 1234567890"
        #expect(Redactor(personalData: .full).redact(text) == text)
        #expect(
            Redactor(personalData: .masked).redact(text)
                == "Write to j***@mail.example.com or call ***89, order 1234567890")
        // In what an AI model reads and writes, any such number may be a telephone's.
        #expect(
            Redactor(personalData: .masked).redactedTalk("call 0151 234 5678 or 42")
                == "call ***78 or 42")
        #expect(Redactor(personalData: .none).redactedTalk(text) == nil)
    }

    @Test func longTalkIsCutAfterItsSecretsAreOut() throws {
        let text = String(repeating: "x", count: 90) + " wfs_\(Self.token) " + String(repeating: "y", count: 100_000)
        let talk = try #require(Redactor().redactedTalk(text, limit: 100))
        #expect(talk.utf8.count < 150)
        #expect(!talk.contains("aB3"))
        #expect(talk.hasSuffix("(\(text.utf8.count) bytes)"))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["@", ":", "=", "+1 ", "sk-", "wfs_", "eyJ", "Bearer ", "://", "password=", "a@b.", "\"'\\"])
    func hostileTextsTakeLinearTime(_ piece: String) {
        let text = String(repeating: piece, count: 200_000 / piece.utf8.count)
        let begin = ContinuousClock.now
        _ = Redactor().redact(text)
        // Unoptimised, on a busy machine; quadratic time would take minutes.
        #expect(ContinuousClock.now - begin < .seconds(20))
    }
}
