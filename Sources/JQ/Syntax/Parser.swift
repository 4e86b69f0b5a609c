import JSON

/// Builds the syntax tree; precedence as jq 1.8 has it.
///
/// From loosest to tightest: `def`/`as`/`label` (reach as far right as they can), `|`, `,`, `//`, assignments, `or`,
/// `and`, comparisons, `+ -`, `* / %`, prefix `-` and `try`, postfix.
struct Parser {
    /// Brackets and prefixes within one another.
    private static let nestingLimit = 200
    private static let heightLimit = 600
    private static let lengthLimit = 256 * 1024

    var lexer: Lexer
    var token: Token = .end
    var offset = 0
    private var nesting = 0

    private init(_ text: String) throws(JQError) {
        lexer = Lexer(Array(text.utf8))
        guard lexer.text.count <= Self.lengthLimit else {
            throw JQError(compile: "the program is longer than \(Self.lengthLimit) bytes", offset: 0, in: [])
        }
        try advance()
    }

    static func parse(_ text: String) throws(JQError) -> Expression {
        var parser = try Parser(text)
        if parser.token == .end { return Expression(.identity, at: 0) }
        try parser.refuseModules()
        let program = try parser.parsePipe()
        guard parser.token == .end else { throw parser.unexpected("the end of the program") }
        return program
    }

    /// The definitions of a text that holds nothing else.
    static func parseDefinitions(_ text: String) throws(JQError) -> [FunctionDefinition] {
        var parser = try Parser(text)
        var definitions: [FunctionDefinition] = []
        while parser.token == .name("def") { definitions.append(try parser.parseDefinition()) }
        guard parser.token == .end else { throw parser.unexpected("def") }
        return definitions
    }

    private func refuseModules() throws(JQError) {
        for keyword in ["module", "import", "include"] where token == .name(keyword) {
            throw error("not supported: \(keyword)")
        }
    }

    // MARK: Tokens

    func error(_ message: String, at offset: Int? = nil) -> JQError {
        JQError(compile: message, offset: offset ?? self.offset, in: lexer.text)
    }

    func unexpected(_ expected: String) -> JQError {
        let found =
            switch token {
            case .end: "the end of the program"
            case .name(let name): "'\(name)'"
            case .field(let name): "'.\(name)'"
            case .variable(let name): "'$\(name)'"
            case .format(let name): "'@\(name)'"
            case .number: "a number"
            case .quote: "a string"
            case .symbol(let symbol): "'\(symbol)'"
            }
        return error("syntax error: unexpected \(found), expecting \(expected)")
    }

    mutating func advance() throws(JQError) { (token, offset) = try lexer.next() }

    mutating func take(_ expected: Token) throws(JQError) -> Bool {
        guard token == expected else { return false }
        try advance()
        return true
    }

    mutating func take(_ symbol: String) throws(JQError) -> Bool { try take(.symbol(symbol)) }

    mutating func expect(_ symbol: String) throws(JQError) {
        guard try take(symbol) else { throw unexpected("'\(symbol)'") }
    }

    mutating func expect(keyword: String) throws(JQError) {
        guard try take(.name(keyword)) else { throw unexpected("'\(keyword)'") }
    }

    mutating func expectVariable() throws(JQError) -> String {
        guard case .variable(let name) = token else { throw unexpected("a variable") }
        try advance()
        return name
    }

    func make(_ kind: Expression.Kind, at offset: Int) throws(JQError) -> Expression {
        let expression = Expression(kind, at: offset)
        guard expression.height <= Self.heightLimit else {
            throw error("the program nests deeper than \(Self.heightLimit) levels", at: offset)
        }
        return expression
    }

    mutating func nested<T>(_ parse: (inout Parser) throws(JQError) -> T) throws(JQError) -> T {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.nestingLimit else {
            throw error("the program nests deeper than \(Self.nestingLimit) levels")
        }
        return try parse(&self)
    }

    // MARK: Pipes and commas

    mutating func parsePipe() throws(JQError) -> Expression {
        try nested { parser throws(JQError) in try parser.parsePipeUnguarded() }
    }

    private mutating func parsePipeUnguarded() throws(JQError) -> Expression {
        let start = offset
        var stages: [Expression] = []
        repeat {
            stages.append(try parseComma())
        } while try take("|")
        return stages.count == 1 ? stages[0] : try make(.pipe(stages), at: start)
    }

    private mutating func parseComma() throws(JQError) -> Expression {
        let start = offset
        var items: [Expression] = []
        repeat {
            items.append(try parseItem())
        } while try take(",")
        return items.count == 1 ? items[0] : try make(.comma(items), at: start)
    }

    /// An operand of `,`: an expression, or one of the forms that take all that stands to their right.
    private mutating func parseItem() throws(JQError) -> Expression {
        let start = offset
        switch token {
        case .name("def"):
            let definition = try parseDefinition()
            return try make(.define(definition, body: try parsePipe()), at: start)
        case .name("label"):
            try advance()
            let name = try expectVariable()
            try expect("|")
            return try make(.label(name, body: try parsePipe()), at: start)
        default: break
        }
        let expression = try parseOperators(0)
        guard token == .name("as") else { return expression }
        try advance()
        let patterns = try parsePatterns()
        try expect("|")
        return try make(.bind(source: expression, patterns: patterns, body: try parsePipe()), at: start)
    }

    mutating func parseDefinition() throws(JQError) -> FunctionDefinition {
        try expect(keyword: "def")
        guard case .name(let name) = token else { throw unexpected("a function name") }
        if Self.keywords.contains(name) { throw unexpected("a function name") }
        try advance()
        var parameters: [FunctionDefinition.Parameter] = []
        if try take("(") {
            repeat {
                switch token {
                case .name(let name): parameters.append(.init(name: name, isValue: false))
                case .variable(let name): parameters.append(.init(name: name, isValue: true))
                default: throw unexpected("a parameter")
                }
                try advance()
            } while try take(";")
            try expect(")")
        }
        try expect(":")
        let body = try parsePipe()
        try expect(";")
        return FunctionDefinition(name: name, parameters: parameters, body: body)
    }

    static let keywords: Set<String> = [
        "def", "module", "import", "include", "if", "then", "else", "elif", "end", "as", "reduce", "foreach", "and",
        "or", "try", "catch", "label", "__loc__",
    ]

    // MARK: Operators

    private enum Associativity { case left, right, none }

    private func infix() -> (level: Int, associativity: Associativity)? {
        switch token {
        case .symbol("//"): (1, .right)
        case .symbol("="), .symbol("|="), .symbol("+="), .symbol("-="), .symbol("*="), .symbol("/="), .symbol("%="),
            .symbol("//="):
            (2, .none)
        case .name("or"): (3, .left)
        case .name("and"): (4, .left)
        case .symbol("=="), .symbol("!="), .symbol("<"), .symbol("<="), .symbol(">"), .symbol(">="): (5, .none)
        case .symbol("+"), .symbol("-"): (6, .left)
        case .symbol("*"), .symbol("/"), .symbol("%"): (7, .left)
        default: nil
        }
    }

    func startsNonAssociative(_ level: Int) -> Bool {
        guard let next = infix() else { return false }
        return next.level == level && next.associativity == .none
    }

    mutating func parseOperators(_ minimum: Int) throws(JQError) -> Expression {
        var left = try parsePrefix()
        while let (level, associativity) = infix(), level >= minimum {
            let start = offset
            let operation = token
            try advance()
            let right = try nested { parser throws(JQError) in
                try parser.parseOperators(associativity == .right ? level : level + 1)
            }
            if associativity == .none, startsNonAssociative(level) {
                throw error("syntax error: operators of the same kind need parentheses")
            }
            left = try make(Self.combine(operation, left, right), at: start)
        }
        return left
    }

    private static func combine(_ token: Token, _ left: Expression, _ right: Expression) -> Expression.Kind {
        guard case .symbol(let symbol) = token else {
            return token == .name("or") ? .or(left, right) : .and(left, right)
        }
        switch symbol {
        case "//": return .alternative(left, right)
        case "=": return .assign(.set, target: left, value: right)
        case "|=": return .assign(.update, target: left, value: right)
        case "//=": return .assign(.alternative, target: left, value: right)
        case "+=": return .assign(.arithmetic(.add), target: left, value: right)
        case "-=": return .assign(.arithmetic(.subtract), target: left, value: right)
        case "*=": return .assign(.arithmetic(.multiply), target: left, value: right)
        case "/=": return .assign(.arithmetic(.divide), target: left, value: right)
        case "%=": return .assign(.arithmetic(.remainder), target: left, value: right)
        case "==": return .binary(.equal, left, right)
        case "!=": return .binary(.notEqual, left, right)
        case "<": return .binary(.less, left, right)
        case "<=": return .binary(.lessOrEqual, left, right)
        case ">": return .binary(.greater, left, right)
        case ">=": return .binary(.greaterOrEqual, left, right)
        case "+": return .binary(.add, left, right)
        case "-": return .binary(.subtract, left, right)
        case "*": return .binary(.multiply, left, right)
        case "/": return .binary(.divide, left, right)
        default: return .binary(.remainder, left, right)
        }
    }

    /// `- e`, `try e catch e` or a term; binds tighter than every operator.
    mutating func parsePrefix() throws(JQError) -> Expression {
        let start = offset
        if try take("-") {
            let operand = try nested { parser throws(JQError) in try parser.parsePrefix() }
            return try make(.negate(operand), at: start)
        }
        guard try take(.name("try")) else { return try parsePostfix() }
        let body = try nested { parser throws(JQError) in try parser.parsePrefix() }
        var handler: Expression?
        if try take(.name("catch")) {
            handler = try nested { parser throws(JQError) in try parser.parsePrefix() }
        }
        return try make(.attempt(body, handler: handler), at: start)
    }
}
