import JSON

extension [Case] {
    /// Directives, `do`, `switch`.
    static let flow: [Case] = [
        Case(
            "tasksRunInOrder",
            """
            do:
              - a: { set: { list: '${ .list + ["a"] }' } }
              - b: { set: { list: '${ .list + ["b"] }' } }
            """, .output(["list": ["a", "b"]]), steps: ["a completed", "b completed"]),
        Case(
            "thenJumpsForwardsAndBackwards",
            """
            do:
              - a: { set: { list: '${ .list + ["a"] }' }, then: c }
              - b: { set: { list: '${ .list + ["b"] }' }, then: end }
              - c: { set: { list: '${ .list + ["c"] }' }, then: b }
            """, .output(["list": ["a", "c", "b"]])),
        Case(
            "backwardJumpLoopsUntilASwitchLeaves",
            """
            do:
              - count: { set: { n: '${ .n + 1 }' } }
              - again: { switch: [ { more: { when: .n < 5, then: count } }, { done: { then: end } } ] }
            """, .output(["n": 5])),
        Case(
            "exitLeavesOnlyTheCurrentList",
            """
            do:
              - outer:
                  do:
                    - a: { set: { n: 1 }, then: exit }
                    - b: { set: { n: 2 } }
              - after: { set: { n: '${ .n + 10 }' } }
            """, .output(["n": 11])),
        Case(
            "exitInTheMainListEndsTheWorkflow",
            "do: [ { a: { set: { n: 1 }, then: exit } }, { b: { set: { n: 2 } } } ]", .output(["n": 1])),
        Case(
            "endInsideATaskEndsTheWorkflow",
            """
            do:
              - outer:
                  do: [ { a: { set: { n: 1 }, then: end } }, { b: { set: { n: 2 } } } ]
                  output: { as: '{ wrapped: . }' }
              - after: { set: { n: 3 } }
            output: { as: '{ result: .n }' }
            """, .output(["result": 1]), steps: ["outer completed", "a completed"]),
        Case(
            "endInABranchCancelsTheOthers",
            """
            do:
              - both:
                  fork:
                    branches:
                      - slow: { call: work, with: { s: 1 } }
                      - ender: { do: [ { w: { wait: { milliseconds: 5 } } }, { e: { set: { ended: true }, then: end } } ] }
              - after: { set: { n: 3 } }
            """, .output(["ended": true]),
            steps: ["both completed", "slow cancelled", "ender completed", "w completed", "e completed"], takes: 5,
            isTimeSensitive: true),
        Case(
            "firstMatchingCaseWins",
            """
            do:
              - s: { switch: [ { other: { then: c } }, { one: { when: .n > 1, then: a } }, { two: { when: .n > 0, then: b } } ] }
              - a: { set: { got: a }, then: end }
              - b: { set: { got: b }, then: end }
              - c: { set: { got: c }, then: end }
            """, input: ["n": 5], .output(["got": "a"])),
        Case(
            "defaultCaseIsTakenLastWhereverItStands",
            """
            do:
              - s: { switch: [ { other: { then: c } }, { one: { when: .n > 1, then: a } } ] }
              - a: { set: { got: a }, then: end }
              - c: { set: { got: c }, then: end }
            """, input: ["n": 0], .output(["got": "c"])),
        Case(
            "withoutAMatchTheSwitchGoesOnByItsOwnThen",
            """
            do:
              - s: { switch: [ { one: { when: .n > 1, then: a } } ], then: c }
              - a: { set: { got: a }, then: end }
              - c: { set: { got: '${ .n }' } }
            """, input: ["n": 0], .output(["got": 0])),
        Case(
            "compositeOutputIsTransformedOnce",
            """
            do:
              - outer:
                  input: { from: .x }
                  do: [ { a: { set: { n: '${ .n }' } } } ]
                  output: { as: '{ n: (.n + $input.n) }' }
                  export: { as: '{ last: .n }' }
              - after: { set: { n: '${ $context.last }' } }
            """, input: ["x": ["n": 3]], .output(["n": 6])),
        Case(
            "reusableFunctionRunsOnItsArguments",
            """
            use: { functions: { double: { set: { twice: '${ .n * 2 }' } } } }
            do:
              - a: { call: double, with: { n: '${ .k }' } }
              - b: { call: double, with: { n: '${ .twice }' } }
            """, input: ["k": 4], .output(["twice": 16])),
        Case("emptyListPassesItsInputOn", "do: []", input: ["x": 1], .output(["x": 1])),
        Case(
            "namesAreComparedByTheirBytes",
            """
            do:
              - "s": { set: { n: 0 }, then: "e\\u0301" }
              - "\\u00e9": { set: { n: 1 }, then: end }
              - "e\\u0301": { set: { n: 2 }, then: end }
            """, .output(["n": 2])),
    ]
}
