import Activities
import Foundation
import JQ
import JSON
import Observability
import Storage
import Temporal
import WorkflowDefinition
import WorkflowEngine

extension ActivityOptions {
    /// Adds the second argument of the activity, which no tenant's value reaches: the step that calls and its enhancement
    /// point, for logs and the ledger, and what only the worker may evaluate.
    mutating func carry(step: String, enhancement: String?, _ deferred: [DeferredArgument]) {
        var call = JSONObject()
        call["step"] = .string(step)
        call["enhancement"] = enhancement.map { .string($0) }
        if !deferred.isEmpty { call["secret_arguments"] = .array(deferred.map(\.json)) }
        input.append(.json(.object(call)))
    }
}

/// The secrets of one call: resolves its arguments just before the call, and masks what comes back.
///
/// The engine and the history hold the expressions and what else they see, never a value. The names are those that the pinned
/// definition declares: the loader admits no other, and only the engine writes the activity's second argument.
struct SecretUse: Sendable {
    let input: JSONValue
    let mask: SecretMask

    /// - Parameter shown: the activity's first argument, with the texts of the expressions in their places.
    /// - Throws: `ActivityError` for a secret that the tenant does not have, or an expression that fails.
    init(of task: ActivityTask, shown: JSONValue, store: SecretStore, tenant: UUID) async throws {
        let arguments = try Self.arguments(task)
        guard !arguments.isEmpty else {
            self.init(input: shown, mask: .none)
            return
        }
        let names = Set(arguments.flatMap(\.secrets))
        let values = try await store.values(of: names, tenant: tenant)
        if let missing = names.sorted().first(where: { values[$0] == nil }) {
            throw ActivityError.unknownSecret(missing)
        }
        var input = shown
        var sensitive = Set(values.values)
        // Whatever else the secrets made: it differs with others in their places.
        let others = values.mapValues { _ in UUID().uuidString }
        for argument in arguments {
            let value = try argument.evaluated(with: values)
            let other = try? argument.evaluated(with: others)
            sensitive.formUnion(
                Self.texts(in: value, unlike: other).filter { text in
                    !values.values.contains { text.contains($0) }
                })
            guard input.put(value, at: argument.place) else {
                throw ActivityError.invalidInput("the secret argument \(argument.place) has no place in the input")
            }
        }
        // From here on, no line of any room says one.
        for text in sensitive { Redactor.shared.add(text) }
        self.init(input: input, mask: SecretMask(sensitive))
    }

    /// What `work` logs and throws is masked; its result is its own to mask.
    func masking<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        guard !mask.isEmpty else { return try await work() }
        do {
            return try await work()
        } catch var error as ActivityError {
            error.title = mask(error.title)
            error.detail = mask(error.detail)
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Masked(description: mask("\(error)"))
        }
    }

    /// An error of ours that a secret may stand in.
    private struct Masked: Error, CustomStringConvertible { var description: String }

    private init(input: JSONValue, mask: SecretMask) {
        self.input = input
        self.mask = mask
    }

    private static func arguments(_ task: ActivityTask) throws -> [DeferredArgument] {
        guard let payload = task.input.dropFirst().first else { return [] }
        return try (try payload.jsonValue()["secret_arguments"]?.array ?? []).map { value in
            guard let argument = DeferredArgument(json: value) else {
                throw ActivityError.invalidInput("the secret arguments of the call cannot be read")
            }
            return argument
        }
    }

    /// Texts of a value that stand differently in the other one: the secrets' work.
    private static func texts(in value: JSONValue, unlike other: JSONValue?) -> [String] {
        switch value {
        case .string(let text): other?.string == text ? [] : [text]
        case .array(let elements):
            elements.enumerated().flatMap { texts(in: $1, unlike: other?[$0]) }
        case .object(let members):
            members.flatMap { key, member in
                (other?.object?.contains(key) == true ? [] : [key]) + texts(in: member, unlike: other?[key])
            }
        default: []
        }
    }
}

extension DeferredArgument {
    /// `{at, expression, input, variables, secrets}`.
    var json: JSONValue {
        [
            "at": .string(place.description), "expression": .string(expression), "input": input,
            "variables": .object(variables), "secrets": .array(secrets.map { .string($0) }),
        ]
    }

    init?(json: JSONValue) {
        guard let place = json["at"]?.string.flatMap(JSONPointer.init), let expression = json["expression"]?.string,
            let variables = json["variables"]?.object,
            let secrets = json["secrets"]?.array?.compactMap(\.string), !secrets.isEmpty
        else { return nil }
        self.init(
            place: place, expression: expression, input: json["input"] ?? .null, variables: variables, secrets: secrets)
    }

    /// - Parameter values: by name; the expression sees those that it names.
    fileprivate func evaluated(with values: [String: String]) throws -> JSONValue {
        var bound = JSONObject()
        for name in secrets { bound[name] = values[name].map { .string($0) } }
        var names = ["secrets"]
        var arguments: [JSONValue] = [.object(bound)]
        for (name, value) in variables {
            names.append(name)
            arguments.append(value)
        }
        do {
            let program = try JQProgram(compiling: expression, variables: names)
            return try program.first(input, variables: arguments) ?? .null
        } catch {
            // The message may quote a value.
            throw ActivityError(
                type: "expression", status: 400, title: "Expression failed",
                detail: "an expression over secrets failed: ${ \(expression.prefix(300)) }",
                isRetryable: false)
        }
    }
}

extension JSONValue {
    /// Replaces the value at a place that is there; false where it is not.
    fileprivate mutating func put(_ value: JSONValue, at place: JSONPointer) -> Bool {
        put(value, at: place.tokens[...])
    }

    private mutating func put(_ value: JSONValue, at path: ArraySlice<String>) -> Bool {
        guard let key = path.first else {
            self = value
            return true
        }
        switch self {
        case .object(var members):
            guard var member = members[key], member.put(value, at: path.dropFirst()) else { return false }
            members[key] = member
            self = .object(members)
        case .array(var elements):
            guard let index = Int(key), elements.indices.contains(index),
                elements[index].put(value, at: path.dropFirst())
            else { return false }
            self = .array(elements)
        default: return false
        }
        return true
    }
}

extension ActivityError {
    fileprivate static func unknownSecret(_ name: String) -> ActivityError {
        ActivityError(
            type: "configuration", status: 400, title: "Unknown secret",
            detail: "the tenant has no secret \(name); set it with PUT /workflows/secrets/\(name)", isRetryable: false)
    }
}
