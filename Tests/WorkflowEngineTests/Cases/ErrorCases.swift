import JSON

extension [Case] {
    /// `raise`, `try`, `catch`, `retry`.
    static let errors: [Case] = [
        Case(
            "raisedErrorFaultsWithItsPosition",
            """
            do: [ { r: { raise: { error: { type: 'https://example.com/errors/bad', status: 422, title: Bad, detail: '${ "n is \\(.n)" }' } } } } ]
            """, input: ["n": 1], .error("bad", 422, at: "/do/0/r"), steps: ["r failed"]),
        Case(
            "raisedErrorKeepsAnInstanceOfTheAuthor",
            """
            do: [ { r: { raise: { error: { type: 'https://example.com/errors/bad', status: 422, title: Bad, instance: /mine } } } } ]
            """, .error("bad", 422, at: "/mine")),
        Case(
            "caughtErrorRunsTheHandlerOnTheTrysInput",
            """
            do:
              - t:
                  input: { from: '{ k: .k }' }
                  try:
                    - a: { set: { other: 1 } }
                    - b: { call: work }
                  catch: { as: err, do: [ { h: { set: { in: '${ . }', type: '${ $err.status }', at: '${ $err.instance }' } } } ] }
            """, input: ["k": 1, "j": 2], .output(["in": ["k": 1], "type": 503, "at": "/do/0/t/try/1/b"]),
            answers: ["b": [.fails("communication", 503)]],
            steps: ["t completed", "a completed", "b failed", "h completed"]),
        Case(
            "caughtErrorWithoutAHandlerGivesTheTrysInput",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: {} }
              - after: { set: { got: '${ . }' } }
            """, input: ["k": 1], .output(["got": ["k": 1]]), answers: ["b": [.fails("communication", 503)]]),
        Case(
            "errorTypesMatchUnderEveryKnownPrefix",
            """
            do:
              - t:
                  try: [ { b: { call: work } } ]
                  catch:
                    errors: { with: { type: 'https://serverlessworkflow.io/dsl/errors/types/communication' } }
                    do: [ { h: { set: { caught: true } } } ]
            """, .output(["caught": true]), answers: ["b": [.fails("communication", 500)]]),
        Case(
            "errorThatTheFilterDoesNotNameGoesOn",
            """
            do: [ { t: { try: [ { b: { call: work } } ], catch: { errors: { with: { status: 404 } } } } } ]
            """, .error("communication", 503, at: "/do/0/t/try/0/b"), answers: ["b": [.fails("communication", 503)]],
            steps: ["t failed", "b failed"]),
        Case(
            "conditionsOfACatchSeeTheError",
            """
            do:
              - outer:
                  try:
                    - inner:
                        try: [ { b: { call: work } } ]
                        catch: { as: e, when: '$e.status == 404', do: [ { h1: { set: { by: inner } } } ] }
                  catch: { as: e, exceptWhen: '$e.status == 404', do: [ { h2: { set: { by: outer } } } ] }
            """, .output(["by": "outer"]), answers: ["b": [.fails("communication", 503)]]),
        Case(
            "errorInAHandlerIsNotCaughtByItsOwnTry",
            """
            do:
              - t:
                  try: [ { b: { call: work } } ]
                  catch: { do: [ { h: { raise: { error: { type: 'https://e.com/second', status: 500, title: S } } } } ] }
            """, .error("second", 500, at: "/do/0/t/catch/do/0/h"), answers: ["b": [.fails("communication", 503)]]),
        Case(
            "catchDirectsTheFlow",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { then: recover } }
              - normal: { set: { got: normal }, then: end }
              - recover: { set: { got: recovered } }
            """, .output(["got": "recovered"]), answers: ["b": [.fails("communication", 503)]]),
        Case(
            "directiveOfTheCatchIsNotTakenWithoutAnError",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { then: recover } }
              - normal: { set: { got: normal }, then: end }
              - recover: { set: { got: recovered } }
            """, .output(["got": "normal"])),
        Case(
            "constantBackoffRetriesUntilSuccess",
            """
            do:
              - t: { try: [ { b: { call: work, with: { x: 1 } } } ], catch: { retry: { delay: { seconds: 1 }, limit: { attempt: { count: 5 } } } } }
            """, .output(["x": 1]),
            answers: ["b": [.fails("communication", 503), .fails("communication", 503), .echoes()]],
            steps: ["t completed", "b failed", "b failed", "b completed"], takes: 2_030),
        Case(
            "linearBackoffGrowsByTheDelay",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { retry: { delay: { seconds: 1 }, backoff: { linear: {} }, limit: { attempt: { count: 3 } } } } }
            """, .error("communication", 503, at: "/do/0/t/try/0/b"), answers: ["b": [.fails("communication", 503)]],
            takes: 6_040),
        Case(
            "exponentialBackoffDoubles",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { retry: { delay: { seconds: 1 }, backoff: { exponential: {} }, limit: { attempt: { count: 4 } } } } }
            """, .error("communication", 503, at: "/do/0/t/try/0/b"), answers: ["b": [.fails("communication", 503)]],
            takes: 15_050),
        Case(
            "exhaustedRetriesGoToTheHandler",
            """
            do:
              - t:
                  try: [ { b: { call: work } } ]
                  catch: { retry: { limit: { attempt: { count: 2 } } }, do: [ { h: { set: { gaveUp: true } } } ] }
            """, .output(["gaveUp": true]), answers: ["b": [.fails("communication", 503)]], takes: 30),
        Case(
            "retryStopsWhenItsTimeIsOver",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { retry: { delay: { seconds: 1 }, limit: { duration: { seconds: 3 } } } } }
            """, .error("communication", 503, at: "/do/0/t/try/0/b"), answers: ["b": [.fails("communication", 503)]],
            takes: 2_030, isTimeSensitive: true),
        Case(
            "retryOnlyWhenItsConditionsHold",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { as: e, retry: { when: '$e.status == 503', limit: { attempt: { count: 9 } } } } }
            """, .error("communication", 404, at: "/do/0/t/try/0/b"),
            answers: ["b": [.fails("communication", 503), .fails("communication", 404)]], takes: 20),
        Case(
            "attemptHasItsOwnTimeout",
            """
            do:
              - t:
                  try: [ { b: { call: work } } ]
                  catch: { retry: { limit: { attempt: { count: 2, duration: { seconds: 5 } } } }, do: [ { h: { set: { type: '${ $error.status }' } } } ] }
            """, .output(["type": 408]), answers: ["b": [.never]],
            steps: ["t completed", "b cancelled", "b cancelled", "b cancelled", "h completed"], takes: 15_000),
        Case(
            "jitterComesFromTheSeed",
            """
            do:
              - t:
                  try: [ { b: { call: work, with: { x: 1 } } } ]
                  catch: { retry: { delay: { seconds: 1 }, jitter: { from: { milliseconds: 100 }, to: { milliseconds: 200 } }, limit: { attempt: { count: 1 } } } }
            """, .output(["x": 1]), answers: ["b": [.fails("communication", 503), .echoes()]], isTimeSensitive: true),
        Case(
            "tryInsideALoopBegins AttemptsAnew",
            """
            do:
              - l:
                  for: { each: n, in: '[1, 2]' }
                  do:
                    - t: { try: [ { b: { call: work, with: { n: '${ $n }' } } } ], catch: { retry: { limit: { attempt: { count: 1 } } } } }
            """, .output(["n": 2]),
            answers: ["b": [.fails("communication", 503), .echoes(), .fails("communication", 503), .echoes()]]),
        Case(
            "expressionErrorsAreCaughtLikeOthers",
            """
            do:
              - t: { try: [ { b: { set: { x: '${ error("no") }' } } } ], catch: { errors: { with: { type: expression } }, do: [ { h: { set: { ok: '${ $error.status }' } } } ] } }
            """, .output(["ok": 400])),
        Case(
            "failingConditionOfACatchIsTheTrysOwnError",
            """
            do:
              - t: { try: [ { b: { call: work } } ], catch: { when: 'error("oops")' } }
            """, .error("expression", 400, at: "/do/0/t"), answers: ["b": [.fails("communication", 503)]]),
        Case(
            "errorOfAnActivityThatWasCancelledIsCaught",
            """
            do: [ { t: { try: [ { b: { call: work } } ], catch: { do: [ { h: { set: { s: '${ $error.status }' } } } ] } } } ]
            """, .output(["s": 500]), answers: ["b": [.isCancelled()]]),
    ]
}
