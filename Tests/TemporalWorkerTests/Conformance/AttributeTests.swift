import Temporal
import Testing

@Suite struct AttributeTests {
    private static let upsert = Command.upsertSearchAttributes(["Stage": .keyword("late")])
    private static let memo = Command.modifyMemo(["note": .json(.init("1".utf8)), "old": .null])

    @Test func changesOfAttributesAndMemoAreRecordedInOrder() throws {
        try conform([[Self.upsert, .timer(1), Self.memo]], hears: []) {
            $0.task()
            $0.add(.searchAttributesUpserted)
            $0.add(.timerStarted(id: "1"))
            $0.add(.memoModified)
        }
    }

    @Test func anotherOrderIsNonDeterminism() {
        var history = RecordedHistory()
        history.task()
        history.add(.memoModified)
        history.add(.searchAttributesUpserted)
        #expect(throws: ReplayFault.self) { try fold(history, [[Self.upsert, Self.memo]]) }
    }

    @Test func theNextRunOfAChainStartsWithWhatWasChanged() throws {
        let run = try conform(
            [[Self.upsert, Self.memo], [.continueAsNew(ContinueAsNew(input: []))]], hears: ["signal go"],
            sends: ["ContinueAsNewWorkflowExecution"]
        ) {
            $0.task()
            $0.add(.searchAttributesUpserted)
            $0.add(.memoModified)
            $0.signal("go")
            $0.openTask()
        }
        #expect(run.started?.searchAttributes["Stage"].map(text) == "\"late\"")
        #expect(run.started?.memo["note"].map(text) == "1")
        #expect(run.started?.memo["old"] == nil)
    }
}
