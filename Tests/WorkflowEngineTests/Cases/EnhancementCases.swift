import JSON

extension [Case] {
    private static let summarize = """
        do:
          - extract: { call: extract_text_activity, with: { text: '${ .text }' } }
          - summary:
              call: ai_summarize_activity
              with: { text: '${ .text }' }
              metadata:
                enhancement: { id: summary, tiers: [premium], fallback: { value: { summary: '${ .text[0:5] }' } } }
              output: { as: '{ summary: .summary, of: $input.text }' }
          - end: { set: { result: '${ . }' } }
        """.replacing("- end:", with: "- result:")

    private static let plain: JSONValue = ["result": ["summary": "hello", "of": "hello world"]]

    static let enhancements: [Case] = [
        Case(
            "enhancementThatIsNotRequestedFallsBackSilently", summarize, input: ["text": "hello world"], .output(plain),
            tier: "premium", steps: ["extract completed", "summary fallback", "result completed"], takes: 10,
            enhancements: ["summary not_requested"]),
        Case(
            "enhancementWithoutEntitlementFallsBack", summarize, input: ["text": "hello world"], .output(plain),
            aiEnhanced: true, tier: "basic", takes: 10, enhancements: ["summary not_entitled"]),
        Case(
            "enhancementThatSucceedsIsUsed", summarize, input: ["text": "hello world"],
            .output(["result": ["summary": "short", "of": "hello world"]]),
            answers: ["summary": [.completes(["summary": "short"])]], aiEnhanced: true, tier: "premium",
            steps: ["extract completed", "summary completed", "result completed"], takes: 20,
            enhancements: ["summary used"]),
        Case(
            "enhancementThatFailsFallsBack", summarize, input: ["text": "hello world"], .output(plain),
            answers: ["summary": [.fails("runtime", 500)]], aiEnhanced: true, tier: "premium",
            steps: ["extract completed", "summary fallback", "result completed"], enhancements: ["summary failed"]),
        Case(
            "enhancementThatTimesOutFallsBack", summarize, input: ["text": "hello world"], .output(plain),
            answers: ["summary": [.fails("timeout", 408)]], aiEnhanced: true, tier: "premium",
            enhancements: ["summary timed_out"]),
        Case(
            "reasonIsTheErrorsOwnType", summarize, input: ["text": "hello world"], .output(plain),
            answers: ["summary": [.fails("budget_exceeded", 402)]], aiEnhanced: true, tier: "premium",
            enhancements: ["summary budget_exceeded"]),
        Case(
            "enhancementWhoseOutputCannotBeTransformedFallsBack",
            """
            do:
              - summary:
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { value: { n: 1 } } } }
                  output: { as: '{ n: (.n + 1) }' }
            """, .output(["n": 2]), answers: ["summary": [.completes(["n": "text"])]], aiEnhanced: true,
            tier: "premium",
            enhancements: ["s failed"]),
        Case(
            "enhancementWhoseInputIsWrongFallsBack",
            """
            do:
              - summary:
                  input: { from: '{ n: (.n + 1) }' }
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { value: { got: '${ .n }' } } } }
            """, input: ["n": "text"], .output(["got": "text"]), tier: "premium", enhancements: ["s not_requested"]),
        Case(
            "fallbackTasksRunOnTheTasksInput",
            """
            do:
              - summary:
                  input: { from: .doc }
                  call: ai_summarize_activity
                  metadata:
                    enhancement:
                      id: s
                      tiers: [premium]
                      fallback: { do: [ { f1: { call: work, with: { n: '${ .n }' } } }, { f2: { set: { n: '${ .n + 1 }' } } } ] }
                  export: { as: '{ exported: .n }' }
              - after: { set: '${ $context }' }
            """, input: ["doc": ["n": 1]], .output(["exported": 2]),
            answers: ["summary": [.fails("communication", 500)]],
            aiEnhanced: true, tier: "premium",
            steps: ["summary fallback", "f1 completed", "f2 completed", "after completed"],
            enhancements: ["s unavailable"]),
        Case(
            "pointThatIsOffFallsBackWithItsReason", summarize, input: ["text": "hello world"], .output(plain),
            answers: ["summary": [.completes(["summary": "short"])]], aiEnhanced: true, tier: "premium",
            pointsOff: ["summary": "held_out"],
            steps: ["extract completed", "summary fallback", "result completed"], takes: 10,
            enhancements: ["summary held_out"]),
        Case(
            "whatIsNotAskedForOrNotAllowedIsToldBeforeWhatIsOff", summarize, input: ["text": "hello world"],
            .output(plain), aiEnhanced: true, tier: "basic", pointsOff: ["summary": "switched_off"], takes: 10,
            enhancements: ["summary not_entitled"]),
        Case(
            "otherPointsStayOn", summarize, input: ["text": "hello world"],
            .output(["result": ["summary": "short", "of": "hello world"]]),
            answers: ["summary": [.completes(["summary": "short"])]], aiEnhanced: true, tier: "premium",
            pointsOff: ["other": "switched_off"], enhancements: ["summary used"]),
        Case(
            "faultOfAPointThatIsOffGoesOnWithTheInput",
            """
            do:
              - summary:
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { fault: true } } }
            """, input: ["x": 1], .output(["x": 1]), aiEnhanced: true, tier: "premium",
            pointsOff: ["s": "switched_off"], enhancements: ["s switched_off"]),
        Case(
            "faultLetsTheErrorOut",
            """
            do:
              - summary:
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { fault: true } } }
            """, .error("communication", 500, at: "/do/0/summary"),
            answers: ["summary": [.fails("communication", 500)]],
            aiEnhanced: true, tier: "premium", enhancements: ["s unavailable"]),
        Case(
            "faultWithoutARequestGoesOnWithTheInput",
            """
            do:
              - summary:
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { fault: true } } }
            """, input: ["x": 1], .output(["x": 1]), tier: "premium", enhancements: ["s not_requested"]),
        Case(
            "faultWithoutEntitlementIsAnAuthorizationError",
            """
            do:
              - summary:
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { fault: true } } }
            """, .error("authorization", 403, at: "/do/0/summary"), aiEnhanced: true, tier: "basic",
            enhancements: ["s not_entitled"]),
        Case(
            "errorInAFallbackIsAnError",
            """
            do:
              - summary:
                  call: ai_summarize_activity
                  metadata: { enhancement: { id: s, tiers: [premium], fallback: { do: [ { f: { call: work } } ] } } }
            """, .error("communication", 503, at: "/do/0/summary/metadata/enhancement/fallback/do/0/f"),
            answers: ["f": [.fails("communication", 503)]], tier: "premium", enhancements: ["s not_requested"]),
        Case(
            "pointsOfAForkFallBackEachForItself",
            """
            do:
              - all:
                  fork:
                    branches:
                      - a: { call: ai_summarize_activity, metadata: { enhancement: { id: a, tiers: [t], fallback: { value: 1 } } } }
                      - b: { call: ai_classify_content_activity, metadata: { enhancement: { id: b, tiers: [t], fallback: { value: 2 } } } }
            """, .output([1, "B"]), answers: ["a": [.fails("runtime", 500)], "b": [.completes("B", after: 20)]],
            aiEnhanced: true, tier: "t", enhancements: ["a failed", "b used"]),
        Case(
            "timeoutOfThePointsTaskFallsBack",
            """
            do:
              - a:
                  timeout: { after: { seconds: 3 } }
                  do: [ { c: { call: ai_summarize_activity } } ]
                  metadata: { enhancement: { id: a, tiers: [t], fallback: { value: 1 } } }
            """, .output(1), answers: ["c": [.never]], aiEnhanced: true, tier: "t",
            steps: ["a fallback", "c cancelled"], takes: 3_000, enhancements: ["a timed_out"]),
        Case(
            "pointThatEndsTheWorkflowIsUsed",
            """
            do:
              - a:
                  do: [ { c: { call: ai_summarize_activity, with: { n: 1 }, then: end } } ]
                  metadata: { enhancement: { id: a, tiers: [t], fallback: { value: 1 } } }
              - b: { set: { never: 1 } }
            """, .output(["n": 1]), aiEnhanced: true, tier: "t", steps: ["a completed", "c completed"],
            enhancements: ["a used"]),
        Case(
            "skippedPointIsNoUseOfIt",
            """
            do:
              - a: { if: 'false', call: ai_summarize_activity, metadata: { enhancement: { id: a, tiers: [t], fallback: { value: 1 } } } }
            """, input: ["x": 1], .output(["x": 1]), aiEnhanced: true, tier: "t", enhancements: []),
    ]
}
