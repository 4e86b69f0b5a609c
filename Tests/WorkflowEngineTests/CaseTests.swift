import JSON
import Testing
import WorkflowEngine

@Suite("Interpreter: one run of each case")
struct CaseTests {
    @Test(arguments: [Case].all)
    func endsAsExpected(_ item: Case) throws {
        var driver = try item.driver()
        driver.run()
        item.check(driver.interpreter.outcome)
        if let takes = item.takes { #expect(driver.now - 1_000_000 == takes) }
        let steps = driver.interpreter.steps
        if let expected = item.steps {
            #expect(steps.filter { $0.status != .running }.map { "\($0.name) \($0.status)" } == expected)
        }
        if let expected = item.enhancements {
            let uses = driver.interpreter.enhancements
            #expect(uses.map { "\($0.id) \($0.used ? "used" : $0.reason ?? "?")" } == expected)
            let fellBack = item.aiEnhanced && uses.contains { !$0.used }
            let isFault = item.yaml.contains("fault: true") && item.pointsOff.isEmpty
            #expect(driver.interpreter.fallbackUsed == (fellBack && !isFault))
        }
        if driver.interpreter.outcome != nil {
            #expect(steps.allSatisfy { $0.status != .running && $0.endedAt != nil })
            #expect(driver.interpreter.waits.isEmpty)
        }
    }

    @Test func namesOfCasesAreUnique() {
        let names = [Case].all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
