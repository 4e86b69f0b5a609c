import JSON

extension [Case] {
    /// The specification's eleven steps, and the arguments of expressions.
    static let dataFlow: [Case] = [
        Case(
            "workflowInputIsTransformedBeforeTheFirstTask",
            """
            input: { from: .order }
            do: [ { a: { set: { id: '${ .id }', raw: '${ $workflow.input.order.id }' } } } ]
            """, input: ["order": ["id": 7]], .output(["id": 7, "raw": 7])),
        Case(
            "workflowInputIsValidatedBeforeItIsTransformed",
            """
            input: { schema: { document: { type: object, required: [order] } }, from: '.order.id' }
            do: [ { a: { set: { never: 1 } } } ]
            """, input: ["other": 1], .error("validation", 400, at: "/"), steps: []),
        Case(
            "taskInputIsTransformedAndBound",
            """
            do:
              - a: { input: { from: .user }, set: { name: '${ .name }', same: '${ $input == . }', raw: '${ $task.input.user.name }' } }
            """, input: ["user": ["name": "Ada"]], .output(["name": "Ada", "same": true, "raw": "Ada"])),
        Case(
            "taskInputIsTransformedByAnObject",
            """
            do:
              - a: { input: { from: { who: '${ .user.name }', kind: fixed } }, set: '${ . }' }
            """, input: ["user": ["name": "Ada"]], .output(["who": "Ada", "kind": "fixed"])),
        Case(
            "rawTaskInputIsValidated",
            """
            do:
              - a: { input: { schema: { document: { type: object, required: [x] } }, from: '{ x: 1 }' }, set: { b: 1 } }
            """, .error("validation", 400, at: "/do/0/a"), steps: ["a failed"]),
        Case(
            "outputAsIsEvaluatedOnTheRawOutputAndBindsInput",
            """
            do:
              - a: { set: { n: 2 }, output: { as: '{ sum: (.n + $input.n), raw: $task.output.n }' } }
            """, input: ["n": 1], .output(["sum": 3, "raw": 2])),
        Case(
            "transformedOutputIsValidated",
            """
            do:
              - a: { set: { n: 2 }, output: { schema: { document: { type: string } }, as: '.n' } }
            """, .error("validation", 400, at: "/do/0/a"), steps: ["a failed"]),
        Case(
            "exportReplacesTheContextAndLeavesTheOutput",
            """
            do:
              - a: { set: { n: 2 }, output: { as: .n }, export: { as: '{ seen: ., out: $output, in: $input.k }' } }
              - b: { set: { context: '${ $context }', input: '${ . }' } }
            """, input: ["k": "v"], .output(["context": ["seen": 2, "out": 2, "in": "v"], "input": 2])),
        Case(
            "contextBeginsAsTheTransformedWorkflowInput",
            "do: [ { a: { set: '${ $context }' } } ]", input: ["x": 1], .output(["x": 1])),
        Case(
            "exportWithoutExpressionKeepsTheContext",
            """
            do:
              - a: { set: { n: 2 }, export: { schema: { document: { required: [x] } } } }
              - b: { set: '${ $context }' }
            """, input: ["x": 1], .output(["x": 1])),
        Case(
            "exportedContextIsValidated",
            """
            do: [ { a: { set: { n: 2 }, export: { schema: { document: { type: string } }, as: .n } } } ]
            """, .error("validation", 400, at: "/do/0/a")),
        Case(
            "workflowOutputIsTransformedAndValidated",
            """
            do: [ { a: { set: { n: 2 } } } ]
            output: { as: '{ result: .n, id: $workflow.id }', schema: { document: { required: [result] } } }
            """, .output(["result": 2, "id": "run-1"])),
        Case(
            "wrongWorkflowOutputFaults",
            """
            do: [ { a: { set: { n: 2 } } } ]
            output: { schema: { document: { type: string } } }
            """, .error("validation", 400, at: "/"), steps: ["a completed"]),
        Case(
            "skippedTaskPassesItsRawInputOn",
            """
            do:
              - a: { if: .go, input: { from: '{ other: true }' }, set: { n: 1 }, then: end }
              - b: { set: { got: '${ . }' } }
            """, input: ["go": false], .output(["got": ["go": false]]), steps: ["a skipped", "b completed"]),
        Case(
            "inputIsNotBoundBeforeInputFrom",
            "do: [ { a: { if: '$input == null', input: { from: '{ i: $input }' }, set: '${ . }' } } ]",
            input: ["x": 1], .output(["i": nil])),
        Case(
            "descriptorsSayWhereTheyAre",
            """
            do:
              - outer:
                  do:
                    - inner:
                        set:
                          name: '${ $task.name }'
                          reference: '${ $task.reference }'
                          kind: '${ $task.definition | keys[0] }'
                          started: '${ $task.startedAt.iso8601 }'
                          seconds: '${ $workflow.startedAt.epoch.seconds }'
                          document: '${ $workflow.definition.document.name }'
                          runtime: '${ $runtime.version }'
            """,
            .output([
                "name": "inner", "reference": "/do/0/outer/do/0/inner", "kind": "set",
                "started": "1970-01-01T00:16:40.000Z", "seconds": 1000, "document": "case", "runtime": "1.0.0",
            ])),
        Case(
            "dataThatLooksLikeAnExpressionIsNeverEvaluated",
            """
            do:
              - a: { set: { copied: '${ .text }' } }
              - b: { call: work, with: { text: '${ .copied }' } }
              - c: { output: { as: '{ final: .text }' }, set: '${ . }' }
            """, input: ["text": "${ 1 + 1 }"], .output(["final": "${ 1 + 1 }"])),
        Case(
            "expressionWithoutAResultIsNull", "do: [ { a: { set: { none: '${ empty }', first: '${ 1, 2 }' } } } ]",
            .output(["none": nil, "first": 1])),
        Case(
            "failedExpressionIsAnExpressionError", "do: [ { a: { set: { x: '${ .a + 1 }' } } } ]", input: ["a": "text"],
            .error("expression", 400, at: "/do/0/a"), steps: ["a failed"]),
        Case(
            "numbersStayExact", "do: [ { a: { set: { n: '${ .n }' } } } ]", input: ["n": 9_007_199_254_740_993],
            .output(["n": 9_007_199_254_740_993])),
    ]
}
