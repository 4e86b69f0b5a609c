import JSON

extension [Case] {
    /// `wait` and `timeout`.
    static let waiting: [Case] = [
        Case(
            "waitPassesItsInputOn", "do: [ { w: { wait: { seconds: 30 } } } ]", input: ["x": 1], .output(["x": 1]),
            steps: ["w completed"], takes: 30_000),
        Case(
            "waitTakesAnExpression", "do: [ { w: { wait: '${ .pause }' } } ]", input: ["pause": "PT1.5S"],
            .output(["pause": "PT1.5S"]), takes: 1_500),
        Case(
            "waitForNothingIsOverAtOnce", "do: [ { w: { wait: { seconds: 0 } } } ]", input: ["x": 1], .output(["x": 1]),
            takes: 0),
        Case(
            "waitForSomethingElseIsAnExpressionError", "do: [ { w: { wait: '${ .pause }' } } ]",
            input: ["pause": "soon"],
            .error("expression", 400, at: "/do/0/w")),
        Case(
            "taskTimeoutCancelsWhatRunsInside",
            """
            do:
              - slow:
                  timeout: { after: { seconds: 5 } }
                  do: [ { a: { call: work } }, { b: { set: { n: 1 } } } ]
            """, .error("timeout", 408, at: "/do/0/slow"), answers: ["a": [.never]],
            steps: ["slow failed", "a cancelled"],
            takes: 5_000),
        Case(
            "timeoutIsTakenBackWhenTheTaskEnds",
            """
            do:
              - quick: { timeout: { after: { seconds: 5 } }, call: work, with: { n: 1 } }
              - then: { wait: { seconds: 10 } }
            """.replacing("- then:", with: "- later:"), .output(["n": 1]), takes: 10_010),
        Case(
            "timeoutIsCaughtAroundTheTask",
            """
            do:
              - t:
                  try: [ { slow: { timeout: { after: { seconds: 5 } }, call: work } } ]
                  catch: { errors: { with: { status: 408 } }, do: [ { h: { set: { late: '${ $error.instance }' } } } ] }
            """, .output(["late": "/do/0/t/try/0/slow"]), answers: ["slow": [.never]]),
        Case(
            "timeoutOfATryIsNotItsOwnToCatch",
            """
            do: [ { t: { timeout: { after: { seconds: 5 } }, try: [ { slow: { call: work } } ], catch: {} } } ]
            """, .error("timeout", 408, at: "/do/0/t"), answers: ["slow": [.never]]),
        Case(
            "timeoutOfATryBoundsAllItsAttempts",
            """
            do:
              - t: { timeout: { after: { seconds: 5 } }, try: [ { b: { call: work } } ], catch: { retry: { delay: { seconds: 2 } } } }
            """, .error("timeout", 408, at: "/do/0/t"), answers: ["b": [.fails("communication", 503)]], takes: 5_000),
        Case(
            "workflowTimeoutFaults",
            """
            timeout: { after: { minutes: 1 } }
            do: [ { f: { fork: { branches: [ { a: { call: work } }, { b: { wait: PT1H } } ] } } } ]
            """, .error("timeout", 408, at: "/"), answers: ["a": [.never]],
            steps: ["f cancelled", "a cancelled", "b cancelled"], takes: 60_000),
        Case(
            "workflowTimeoutIsNotCaughtInside",
            """
            timeout: { after: { minutes: 1 } }
            do: [ { t: { try: [ { a: { call: work } } ], catch: {} } } ]
            """, .error("timeout", 408, at: "/"), answers: ["a": [.never]]),
        Case(
            "activityThatNeverAnswersKeepsTheRunWaiting", "do: [ { a: { call: work } } ]", .waits,
            answers: ["a": [.never]],
            steps: []),
    ]

    static let calls: [Case] = [
        Case(
            "functionGetsItsArguments",
            "do: [ { a: { call: 'work:1.0.0@default', with: { id: '${ .n }', fixed: [1, '${ .n + 1 }'] } } } ]",
            input: ["n": 1], .output(["id": 1, "fixed": [1, 2]])),
        Case(
            "activityOfAnotherWorkerGetsItsInput",
            """
            do:
              - a:
                  call: activity
                  with: { name: my_activity, taskQueue: python, input: { n: '${ .n }' }, startToClose: { seconds: 5 } }
            """, input: ["n": 1], .output(["n": 1])),
        Case(
            "uriTemplateIsExpandedFromTheTasksInput",
            """
            do:
              - a:
                  input: { from: '{ id: .n, name: "a b/é", flag: true, "pet.id": 2 }' }
                  call: http
                  with: { method: get, endpoint: 'https://x.test/{id}/{name}/{flag}/{missing}?p={pet.id}' }
                  output: { as: .endpoint }
            """, input: ["n": 1], .output("https://x.test/1/a%20b%2F%C3%A9/true/?p=2")),
        Case(
            "uriThatAnExpressionGaveIsTakenAsItIs",
            """
            do:
              - a: { call: http, with: { method: get, endpoint: { uri: '${ .uri }' } }, output: { as: .endpoint.uri } }
            """, input: ["uri": "https://x.test/{id}", "id": 9], .output("https://x.test/{id}")),
        Case(
            "objectInAURIIsAnExpressionError",
            "do: [ { a: { call: http, with: { method: get, endpoint: { uri: 'https://x.test/{id}' } } } } ]",
            input: ["id": [1]], .error("expression", 400, at: "/do/0/a")),
    ]
}
