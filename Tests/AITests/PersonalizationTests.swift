import AI
import JSON
import Testing

@Suite struct PersonalizationTests {
    private static let template = """
        Hi {{ first_name }}, your ${plan} plan (%s of %d used) ends {% date %}.
        Renew at https://example.com/renew?u={{ user id }}&p=%1$s, or write to help@example.com.
        """

    @Test(arguments: [
        ("Hello {{name}}", ["{{name}}"]),
        ("{{{raw}}} {{#if x}}a{{/if}}", ["{{{raw}}}", "{{#if x}}", "{{/if}}"]),
        ("${user.name} and {name} and {0}", ["${user.name}", "{name}", "{0}"]),
        (
            "%s %d %1$s %-10.2f %@ %(name)s %first_name%",
            ["%s", "%d", "%1$s", "%-10.2f", "%@", "%(name)s", "%first_name%"]
        ),
        ("<%= name %> [[name]] *|FNAME|* {% if a %}", ["<%= name %>", "[[name]]", "*|FNAME|*", "{% if a %}"]),
        ("100% sure, 50%discount, 20 % off, %% done", []),
        ("a { b } c, {a b}, {}, {{unclosed", []),
        ("see https://a.example/x?y=1&z=(2)#f.", ["https://a.example/x?y=1&z=(2)#f"]),
        ("[text](http://a.example/b) <https://c.example>", ["http://a.example/b", "https://c.example"]),
        (
            "www.example.com, example.com/path, mailto:a@b.example",
            ["www.example.com", "example.com/path", "mailto:a@b.example"]
        ),
        ("https://x.example/${id}/{{ a b }}?q=%s end", ["https://x.example/${id}/{{ a b }}?q=%s"]),
        ("and/or, 1/2, e.g. this, ask me@home", []),
    ])
    func marksAreFound(text: String, expected: [String]) {
        // What is found is what an answer without it lacks.
        let violations = Personalization(text).violations(of: "")
        for mark in expected {
            #expect(violations.contains { $0.contains(mark.debugDescription) }, "\(mark) of \(violations)")
        }
        #expect(violations.count == Set(expected).count, "\(violations)")
        #expect(Personalization(text).violations(of: text).isEmpty)
    }

    @Test func textAroundTheMarksMayChange() {
        let answer = """
            Dear {{ first_name }}! Ends {% date %}: ${plan} (%s of %d), \
            https://example.com/renew?u={{ user id }}&p=%1$s help@example.com
            """
        #expect(Personalization(Self.template).violations(of: answer).isEmpty)
    }

    @Test(arguments: [
        (of: "{{ first_name }}", with: "Ada", says: "lacks"),
        (of: "{{ first_name }}", with: "{{first_name}}", says: "lacks"),
        (of: "%s of %d", with: "%d of %s", says: "order"), (of: "p=%1$s", with: "p=%2$s", says: "lacks"),
        (of: "Renew", with: "Log in at https://evil.example first. Renew", says: "not in the template"),
        (of: "Renew", with: "Log in at evil.example/login first. Renew", says: "not in the template"),
        (of: "help@example.com", with: "help@evil.example", says: "not in the template"),
        (of: "${plan}", with: "${plan} ${plan}", says: "repeats"),
        (of: "Renew", with: "{{ password }} Renew", says: "not in the template"),
    ])
    func brokenMarksAreToldOf(change: (of: String, with: String, says: String)) {
        let answer = Self.template.replacing(change.of, with: change.with)
        let violations = Personalization(Self.template).violations(of: answer)
        #expect(violations.contains { $0.contains(change.says) }, "\(violations)")
    }

    @Test func knownFieldsAreFilledAndAllElseStays() {
        let profile: JSONValue = ["firstName": "Ada", "plan": ["name": "pro"], "user": ["id": 7]]
        let filled = Personalization(Self.template).filled(from: profile)
        #expect(filled.text == Self.template.replacing("{{ first_name }}", with: "Ada"))
        #expect(filled.confidence > 0.3 && filled.confidence < 0.4, "one of three")
    }

    @Test(arguments: [
        ("{{user.first-name}}", "Ada"), ("%(First_Name)s", "Ada"), ("<%= firstname %>", "Ada"),
        ("*|FIRST_NAME|*", "Ada"),
        ("{{ plan.name }}", "pro"), ("{{ customer.plan.name }}", "pro"), ("{{ age }}", "36"),
        ("{{ active }}", "{{ active }}"),
        ("{{ nothing }}", "{{ nothing }}"), ("{{ plan }}", "{{ plan }}"), ("{{#if first_name}}", "{{#if first_name}}"),
        ("https://a.example/{{first_name}}", "https://a.example/{{first_name}}"), ("%s", "%s"),
    ])
    func fieldsAreKnownByTheirNames(template: String, expected: String) {
        let profile: JSONValue = ["first_name": "Ada", "plan": ["name": "pro"], "age": 36, "active": true]
        #expect(Personalization(template).filled(from: profile).text == expected)
    }

    /// A value that a mail client, a browser or a template language would read is nobody's name.
    @Test(arguments: [
        "<script>alert(1)</script>", "{{ password }}", "${secret}", "https://evil.example", "see evil.example/x",
        "two\nlines", "", "%s", "\u{202E}\u{7}", String(repeating: "x", count: 300),
    ])
    func valuesThatSayMoreThanANameAreNotFilledIn(value: String) {
        let filled = Personalization("Hi {{name}}!").filled(from: ["name": .string(value)])
        #expect(filled.text == "Hi {{name}}!" && filled.confidence == 0)
    }

    @Test func hostileTextsAreReadInTime() {
        let texts = ["{{", "{", "%", "<%", "a.", "https://", "http://x(", "*|", "a@", "%(", "{% "].map {
            String(repeating: $0, count: 64_000 / $0.utf8.count)
        }
        let begin = ContinuousClock.now
        for text in texts {
            #expect(Personalization(text).violations(of: text).isEmpty)
            _ = Personalization(text).filled(from: ["a": "b"])
        }
        #expect(ContinuousClock.now - begin < .seconds(20))
    }
}
