import JSON

extension [Case] {
    static let forks: [Case] = [
        Case(
            "outputsStandInTheOrderOfTheBranches",
            """
            do:
              - f:
                  fork:
                    branches:
                      - a: { call: work, with: { b: a } }
                      - b: { set: { b: b } }
                      - c: { call: work, with: { b: c } }
            """, .output([["b": "a"], ["b": "b"], ["b": "c"]]),
            answers: ["a": [.echoes(after: 50)], "c": [.echoes(after: 20)]],
            steps: ["f completed", "a completed", "b completed", "c completed"], takes: 50),
        Case(
            "branchesShareTheForksInput",
            """
            do:
              - f:
                  input: { from: .x }
                  fork: { branches: [ { a: { set: { v: '${ . }' } } }, { b: { set: { v: '${ . + 1 }' } } } ] }
                  output: { as: 'map(.v) | add' }
            """, input: ["x": 4], .output(9)),
        Case(
            "failingBranchCancelsTheOthers",
            """
            do:
              - f: { fork: { branches: [ { a: { call: work } }, { b: { call: work } }, { c: { wait: PT1H } } ] } }
            """, .error("communication", 503, at: "/do/0/f/fork/branches/1/b"),
            answers: ["a": [.never], "b": [.fails("communication", 503)]],
            steps: ["f failed", "a cancelled", "b failed", "c cancelled"], takes: 10),
        Case(
            "firstCompetitorWins",
            """
            do:
              - f: { fork: { compete: true, branches: [ { a: { call: work, with: { who: a } } }, { b: { call: work, with: { who: b } } } ] } }
            """, .output(["who": "b"]), answers: ["a": [.echoes(after: 30)], "b": [.echoes(after: 20)]],
            steps: ["f completed", "a cancelled", "b completed"], takes: 20),
        Case(
            "competitorThatNeverWaitsWinsBeforeOthersBegin",
            """
            do: [ { f: { fork: { compete: true, branches: [ { a: { set: { who: a } } }, { b: { call: work } } ] } } } ]
            """, .output(["who": "a"]), steps: ["f completed", "a completed"], takes: 0),
        Case(
            "failingCompetitorLeavesTheRaceToTheOthers",
            """
            do:
              - f: { fork: { compete: true, branches: [ { a: { call: work } }, { b: { call: work, with: { who: b } } } ] } }
            """, .output(["who": "b"]), answers: ["a": [.fails("communication", 503)], "b": [.echoes(after: 20)]]),
        Case(
            "raceThatEverybodyLosesFailsWithTheFirstError",
            """
            do: [ { f: { fork: { compete: true, branches: [ { a: { call: work } }, { b: { call: work } } ] } } } ]
            """, .error("communication", 502, at: "/do/0/f/fork/branches/1/b"),
            answers: ["a": [.fails("communication", 503, after: 20)], "b": [.fails("communication", 502)]]),
        Case(
            "errorOfABranchIsCaughtAroundTheFork",
            """
            do:
              - t:
                  try: [ { f: { fork: { branches: [ { a: { call: work } }, { b: { wait: PT1H } } ] } } } ]
                  catch: { do: [ { h: { set: { at: '${ $error.instance }' } } } ] }
            """, .output(["at": "/do/0/t/try/0/f/fork/branches/0/a"]), answers: ["a": [.fails("communication", 503)]]),
        Case(
            "forksNest",
            """
            do:
              - f:
                  fork:
                    branches:
                      - x: { fork: { branches: [ { a: { call: work, with: 1 } }, { b: { set: 2 } } ] } }
                      - y: { do: [ { c: { call: work, with: { v: 3 } } }, { d: { set: '${ .v }' } } ] }
            """.replacing("with: 1", with: "with: { v: 1 }").replacing("set: 2", with: "set: { v: 2 }"),
            .output([[["v": 1], ["v": 2]], 3])),
        Case(
            "exportsOfBranchesArriveInOrderOfTime",
            """
            do:
              - f:
                  fork:
                    branches:
                      - a: { call: work, with: { v: a }, export: { as: '$context + { a: true, last: "a" }' } }
                      - b: { call: work, with: { v: b }, export: { as: '$context + { b: true, last: "b" }' } }
              - c: { set: '${ $context }' }
            """, .output(["a": true, "b": true, "last": "a"]), answers: ["a": [.echoes(after: 30)]],
            isTimeSensitive: true),
    ]

    static let loops: [Case] = [
        Case(
            "turnsHandTheirOutputOn",
            """
            do:
              - l:
                  for: { each: c, in: .list, at: i }
                  do: [ { a: { set: { seen: '${ .seen + [[$i, $c]] }' } } } ]
            """, input: ["list": ["x", "y"]], .output(["seen": [[0, "x"], [1, "y"]]])),
        Case(
            "loopOverNothingPassesItsInputOn",
            "do: [ { l: { for: { in: .list }, do: [ { a: { set: { never: 1 } } } ] } } ]", input: ["list": []],
            .output(["list": []])),
        Case(
            "whileIsAskedBeforeEachTurn",
            """
            do:
              - l:
                  for: { in: '[1, 2, 3, 4]' }
                  while: '$item < 3'
                  do: [ { a: { set: { sum: '${ .sum + $item }' } } } ]
            """, .output(["sum": 3])),
        Case(
            "innerNamesHideOuterOnes",
            """
            do:
              - l:
                  for: { in: .rows }
                  do:
                    - m:
                        for: { in: '$item' }
                        do: [ { a: { call: work, with: { all: '${ .all + [$item] }' } } } ]
            """, input: ["rows": [[1, 2], [3]]], .output(["all": [1, 2, 3]])),
        Case(
            "loopOverSomethingElseIsAnExpressionError",
            "do: [ { l: { for: { in: .list }, do: [ { a: { set: { n: 1 } } } ] } } ]", input: ["list": 3],
            .error("expression", 400, at: "/do/0/l")),
        Case(
            "exitLeavesTheTurnOnly",
            """
            do:
              - l:
                  for: { in: '[1, 2]' }
                  do:
                    - a: { set: { n: '${ .n + $item }' }, then: exit }
                    - b: { set: { n: 100 } }
            """, .output(["n": 3])),
        Case(
            "loopOverAnInlineArrayOfObjects",
            """
            do:
              - l: { for: { each: p, in: [ { v: 1 }, { v: '${ .k }' } ] }, do: [ { a: { set: { k: '${ .k + $p.v }' } } } ] }
            """, input: ["k": 5], .output(["k": 11])),
        Case(
            "errorOfATurnNamesTheTask",
            "do: [ { l: { for: { in: '[1, 2]' }, do: [ { a: { call: work } } ] } } ]",
            .error("communication", 503, at: "/do/0/l/do/0/a"),
            answers: ["a": [.echoes(), .fails("communication", 503)]],
            steps: ["l failed", "a completed", "a failed"]),
    ]
}
