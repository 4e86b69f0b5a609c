import JSON

/// A node of the syntax tree.
final class Expression: Sendable {
    indirect enum Kind: Sendable {
        case identity
        case descend
        case literal(JSONValue)
        case format(String)
        case string(format: String?, parts: [StringPart])
        case index(Expression, key: Expression)
        case slice(Expression, from: Expression?, to: Expression?)
        case iterate(Expression)
        case array(Expression?)
        case object([(key: Expression, value: Expression)])
        case pipe([Expression])
        case comma([Expression])
        case negate(Expression)
        case binary(BinaryOperator, Expression, Expression)
        case and(Expression, Expression)
        case or(Expression, Expression)
        case alternative(Expression, Expression)
        case assign(AssignmentOperator, target: Expression, value: Expression)
        case conditional(Expression, then: Expression, else: Expression?)
        case attempt(Expression, handler: Expression?)
        case reduce(source: Expression, patterns: [Pattern], initial: Expression, update: Expression)
        case foreach(
            source: Expression, patterns: [Pattern], initial: Expression, update: Expression, extract: Expression?)
        case bind(source: Expression, patterns: [Pattern], body: Expression)
        case define(FunctionDefinition, body: Expression)
        case call(String, [Expression])
        case variable(String)
        case label(String, body: Expression)
        case breakOut(String)
    }

    let kind: Kind
    /// UTF-8 offset into the text, for messages.
    let offset: Int
    /// Levels below, this one included: what walks the tree recursively is bounded by it.
    let height: Int
    /// The value, where it depends on nothing.
    let constant: JSONValue?

    init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
        height = 1 + (kind.children.lazy.map(\.height).max() ?? 0)
        constant = kind.constant
    }
}

enum StringPart: Sendable {
    case text(String)
    case interpolation(Expression)
}

enum BinaryOperator: UInt8, Sendable {
    case add, subtract, multiply, divide, remainder
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

enum AssignmentOperator: Sendable {
    case set
    case update
    case arithmetic(BinaryOperator)
    case alternative
}

/// What `as` takes apart.
indirect enum Pattern: Sendable {
    case variable(String)
    case array([Pattern])
    /// `binding` is set for `$name` keys; the pattern is nil where only that binding is asked for.
    case object([(key: Expression, binding: String?, pattern: Pattern?)])

    /// The variables that it binds, each once, in order.
    var names: [String] {
        var names: [String] = []
        collectNames(into: &names)
        return names
    }

    private func collectNames(into names: inout [String]) {
        switch self {
        case .variable(let name):
            if !names.contains(name) { names.append(name) }
        case .array(let elements):
            for element in elements { element.collectNames(into: &names) }
        case .object(let members):
            for member in members {
                if let binding = member.binding, !names.contains(binding) { names.append(binding) }
                member.pattern?.collectNames(into: &names)
            }
        }
    }

    /// The expressions inside.
    fileprivate var expressions: [Expression] {
        switch self {
        case .variable: []
        case .array(let elements): elements.flatMap(\.expressions)
        case .object(let members): members.flatMap { [$0.key] + ($0.pattern?.expressions ?? []) }
        }
    }
}

final class FunctionDefinition: Sendable {
    struct Parameter: Sendable {
        let name: String
        /// `$name`: evaluated once, before the call.
        let isValue: Bool
    }

    let name: String
    let parameters: [Parameter]
    let body: Expression

    init(name: String, parameters: [Parameter], body: Expression) {
        self.name = name
        self.parameters = parameters
        self.body = body
    }

    /// How functions are told apart: `name/arity`.
    var signature: String { "\(name)/\(parameters.count)" }
}

extension Expression.Kind {
    /// The expressions directly inside.
    var children: [Expression] {
        switch self {
        case .identity, .descend, .literal, .format, .variable, .breakOut: []
        case .string(_, let parts):
            parts.compactMap { if case .interpolation(let expression) = $0 { expression } else { nil } }
        case .index(let target, let key): [target, key]
        case .slice(let target, let from, let to): [target, from, to].compactMap(\.self)
        case .iterate(let target), .negate(let target), .label(_, let target): [target]
        case .array(let content): content.map { [$0] } ?? []
        case .object(let members): members.flatMap { [$0.key, $0.value] }
        case .pipe(let stages), .comma(let stages), .call(_, let stages): stages
        case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right),
            .alternative(let left, let right), .assign(_, let left, let right):
            [left, right]
        case .conditional(let condition, let then, let otherwise): [condition, then] + (otherwise.map { [$0] } ?? [])
        case .attempt(let body, let handler): [body] + (handler.map { [$0] } ?? [])
        case .reduce(let source, let patterns, let initial, let update):
            [source, initial, update] + patterns.flatMap(\.expressions)
        case .foreach(let source, let patterns, let initial, let update, let extract):
            [source, initial, update] + (extract.map { [$0] } ?? []) + patterns.flatMap(\.expressions)
        case .bind(let source, let patterns, let body): [source, body] + patterns.flatMap(\.expressions)
        case .define(let function, let body): [function.body, body]
        }
    }

    fileprivate var constant: JSONValue? {
        switch self {
        case .literal(let value): return value
        case .string(nil, let parts):
            if parts.isEmpty { return .string("") }
            if parts.count == 1, case .text(let text) = parts[0] { return .string(text) }
            return nil
        case .array(nil): return .array([])
        case .array(let content?):
            if case .comma(let elements) = content.kind {
                let constants = elements.compactMap(\.constant)
                return constants.count == elements.count ? .array(constants) : nil
            }
            return content.constant.map { .array([$0]) }
        case .object(let members):
            var object = JSONObject()
            for (key, value) in members {
                guard let key = key.constant?.string, let value = value.constant else { return nil }
                object[key] = value
            }
            return .object(object)
        case .negate(let operand):
            switch operand.constant {
            case .integer(let value) where value != .min && value != 0: return .integer(-value)
            case .double(let value): return .number(-value)
            default: return nil
            }
        default: return nil
        }
    }
}
