import AI
import Foundation
import JSON

extension BenchWorker {
    /// Answers what `bench/local_ai.py` asks with the local provider: a JSON object a line on standard input, its answer a
    /// line on standard output.
    ///
    /// `{"units": TEXT}`, `{"summarize": TEXT, "max_words": N}`, `{"extract_entities": TEXT}`, or `{"classify": [TEXT…],
    /// "categories": […], "examples": [[TEXT, CATEGORY]…]}`.
    static func answerLocally() async throws {
        while let line = readLine() {
            let answer = try await answer(to: JSONValue(parsing: line))
            FileHandle.standardOutput.write(Data((answer.serialized() + "\n").utf8))
        }
    }

    private static func answer(to question: JSONValue) async throws -> JSONValue {
        if let text = question["units"]?.string {
            return .array(LocalProvider.units(of: text).map { .string($0) })
        }
        if let text = question["summarize"]?.string {
            return try await ask(.summarize(text: text, maxWords: Int(question["max_words"]?.integer ?? 200)))
        }
        if let text = question["extract_entities"]?.string { return try await ask(.extractEntities(text: text)) }
        let examples = question["examples"]?.array?.map {
            AIOperation.Example(text: $0[0]?.string ?? "", category: $0[1]?.string ?? "")
        }
        var answers: [JSONValue] = []
        for text in question["classify"]?.array ?? [] {
            answers.append(
                try await ask(
                    .classify(
                        text: text.string ?? "", categories: question["categories"]?.array?.compactMap(\.string) ?? [],
                        examples: examples ?? [])))
        }
        return .array(answers)
    }

    private static func ask(_ operation: AIOperation) async throws -> JSONValue {
        try operation.validate()
        let provider = LocalProvider()
        let call = try provider.prepare(AIRequest(operation: operation, model: LocalProvider.model))
        let answer = try await provider.send(call, key: nil, deadline: .now + .seconds(60))
        return ["value": answer.value.json, "confidence": .number(answer.confidence ?? 1)]
    }
}
