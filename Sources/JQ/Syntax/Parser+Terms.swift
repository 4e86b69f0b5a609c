import JSON

extension Parser {
    /// A term with its suffixes: `.a`, `[…]`, `."a"`, `?`.
    mutating func parsePostfix() throws(JQError) -> Expression {
        var term = try parseTerm()
        while true {
            let start = offset
            switch token {
            case .field(let name):
                try advance()
                term = try make(.index(term, key: literal(name, at: start)), at: start)
            case .symbol("."):
                try advance()
                switch token {
                case .quote: term = try make(.index(term, key: try parseString(format: nil)), at: start)
                case .symbol("["): term = try parseBracket(term)
                default: throw unexpected("a string or '['")
                }
            case .symbol("["): term = try parseBracket(term)
            case .symbol("?"):
                try advance()
                term = try make(.attempt(term, handler: nil), at: start)
            case .symbol("?//"):
                // Only `as` patterns are parted by `?//`; here it is `?` followed by `//`.
                token = .symbol("//")
                term = try make(.attempt(term, handler: nil), at: start)
            default: return term
            }
        }
    }

    private func literal(_ text: String, at offset: Int) -> Expression {
        Expression(.literal(.string(text)), at: offset)
    }

    private mutating func parseBracket(_ target: Expression) throws(JQError) -> Expression {
        let start = offset
        try expect("[")
        if try take("]") { return try make(.iterate(target), at: start) }
        if try take(":") {
            let to = try parsePipe()
            try expect("]")
            return try make(.slice(target, from: nil, to: to), at: start)
        }
        let key = try parsePipe()
        if try take(":") {
            if try take("]") { return try make(.slice(target, from: key, to: nil), at: start) }
            let to = try parsePipe()
            try expect("]")
            return try make(.slice(target, from: key, to: to), at: start)
        }
        try expect("]")
        return try make(.index(target, key: key), at: start)
    }

    private mutating func parseTerm() throws(JQError) -> Expression {
        let start = offset
        switch token {
        case .number(let value):
            try advance()
            return Expression(.literal(value), at: start)
        case .quote: return try parseString(format: nil)
        case .format(let name):
            try advance()
            if token == .quote { return try parseString(format: name) }
            return Expression(.format(name), at: start)
        case .field(let name):
            try advance()
            return try make(.index(Expression(.identity, at: start), key: literal(name, at: start)), at: start)
        case .variable("__loc__"):
            try advance()
            return Expression(.literal(location(of: start)), at: start)
        case .variable(let name):
            if name.contains("::") { throw error("not supported: modules") }
            try advance()
            return Expression(.variable(name), at: start)
        case .symbol("."):
            try advance()
            let identity = Expression(.identity, at: start)
            switch token {
            case .quote: return try make(.index(identity, key: try parseString(format: nil)), at: start)
            case .symbol("["): return try parseBracket(identity)
            default: return identity
            }
        case .symbol(".."):
            try advance()
            return Expression(.descend, at: start)
        case .symbol("("):
            try advance()
            let inner = try parsePipe()
            try expect(")")
            return inner
        case .symbol("["):
            try advance()
            if try take("]") { return Expression(.array(nil), at: start) }
            let content = try parsePipe()
            try expect("]")
            return try make(.array(content), at: start)
        case .symbol("{"): return try parseObject()
        case .name(let name): return try parseNamed(name)
        default: throw unexpected("an expression")
        }
    }

    private func location(of offset: Int) -> JSONValue {
        let line = 1 + lexer.text.prefix(offset).count { $0 == UInt8(ascii: "\n") }
        return ["file": "<top-level>", "line": .integer(Int64(line))]
    }

    private mutating func parseNamed(_ name: String) throws(JQError) -> Expression {
        let start = offset
        switch name {
        case "if": return try parseConditional()
        case "reduce", "foreach": return try parseFold(name)
        case "break":
            try advance()
            guard case .variable(let label) = token else { return try parseCall("break", at: start) }
            try advance()
            return Expression(.breakOut(label), at: start)
        case "import", "include", "module": throw error("not supported: \(name)")
        case _ where Self.keywords.contains(name): throw unexpected("an expression")
        case "true", "false":
            try advance()
            return Expression(.literal(.bool(name == "true")), at: start)
        case "null":
            try advance()
            return Expression(.literal(.null), at: start)
        default:
            if name.contains("::") { throw error("not supported: modules") }
            try advance()
            return try parseCall(name, at: start)
        }
    }

    private mutating func parseCall(_ name: String, at start: Int) throws(JQError) -> Expression {
        var arguments: [Expression] = []
        if try take("(") {
            repeat {
                arguments.append(try parsePipe())
            } while try take(";")
            try expect(")")
        }
        return try make(.call(name, arguments), at: start)
    }

    private mutating func parseConditional() throws(JQError) -> Expression {
        let start = offset
        try advance()
        let condition = try parsePipe()
        try expect(keyword: "then")
        let then = try parsePipe()
        var otherwise: Expression?
        if token == .name("elif") {
            otherwise = try nested { parser throws(JQError) in try parser.parseConditional() }
            return try make(.conditional(condition, then: then, else: otherwise), at: start)
        }
        if try take(.name("else")) { otherwise = try parsePipe() }
        try expect(keyword: "end")
        return try make(.conditional(condition, then: then, else: otherwise), at: start)
    }

    private mutating func parseFold(_ keyword: String) throws(JQError) -> Expression {
        let start = offset
        try advance()
        let source = try parseOperators(0)
        try expect(keyword: "as")
        let patterns = try parsePatterns()
        try expect("(")
        let initial = try parsePipe()
        try expect(";")
        let update = try parsePipe()
        if keyword == "reduce" {
            try expect(")")
            return try make(
                .reduce(source: source, patterns: patterns, initial: initial, update: update), at: start)
        }
        let extract = try take(";") ? try parsePipe() : nil
        try expect(")")
        return try make(
            .foreach(source: source, patterns: patterns, initial: initial, update: update, extract: extract), at: start)
    }

    // MARK: Strings and objects

    /// Called at the opening quote.
    mutating func parseString(format: String?) throws(JQError) -> Expression {
        let start = offset
        var parts: [StringPart] = []
        var bytes: [UInt8] = []
        while true {
            let piece = try lexer.takeString(into: &bytes)
            if !bytes.isEmpty { parts.append(.text(String(decoding: bytes, as: UTF8.self))) }
            bytes.removeAll()
            if piece == .end { break }
            try advance()
            parts.append(.interpolation(try parsePipe()))
            guard token == .symbol(")") else { throw unexpected("')'") }
        }
        try advance()
        return try make(.string(format: format, parts: parts), at: start)
    }

    private mutating func parseObject() throws(JQError) -> Expression {
        let start = offset
        try expect("{")
        var members: [(key: Expression, value: Expression)] = []
        while token != .symbol("}") {
            members.append(try parseMember())
            guard try take(",") else { break }
        }
        try expect("}")
        return try make(.object(members), at: start)
    }

    private mutating func parseMember() throws(JQError) -> (key: Expression, value: Expression) {
        let start = offset
        let key: Expression
        var shorthand: Expression?
        switch token {
        case .name(let name):
            try advance()
            key = literal(name, at: start)
            shorthand = try make(.index(Expression(.identity, at: start), key: key), at: start)
        case .variable("__loc__"):
            try advance()
            key = literal("__loc__", at: start)
            shorthand = Expression(.literal(location(of: start)), at: start)
        case .variable(let name):
            try advance()
            let variable = Expression(.variable(name), at: start)
            if try take(":") { return (variable, try parseMemberValue()) }
            return (literal(name, at: start), variable)
        case .quote, .format:
            var format: String?
            if case .format(let name) = token {
                format = name
                try advance()
                guard token == .quote else { throw unexpected("a string") }
            }
            key = try parseString(format: format)
            shorthand = try make(.index(Expression(.identity, at: start), key: key), at: start)
        case .symbol("("):
            try advance()
            key = try parsePipe()
            try expect(")")
            if let constant = key.constant, constant.string == nil {
                throw error("cannot use \(constant.typeName) (\(constant)) as object key", at: start)
            }
        case .number: throw error("object keys that are no names or strings need parentheses")
        default: throw unexpected("an object key")
        }
        if try take(":") { return (key, try parseMemberValue()) }
        guard let shorthand else { throw unexpected("':'") }
        return (key, shorthand)
    }

    /// A pipe without commas.
    private mutating func parseMemberValue() throws(JQError) -> Expression {
        let start = offset
        var stages: [Expression] = []
        repeat {
            stages.append(try nested { parser throws(JQError) in try parser.parseOperators(0) })
        } while try take("|")
        return stages.count == 1 ? stages[0] : try make(.pipe(stages), at: start)
    }

    // MARK: Patterns

    mutating func parsePatterns() throws(JQError) -> [Pattern] {
        var patterns: [Pattern] = []
        repeat {
            patterns.append(try parsePattern())
        } while try take("?//")
        return patterns
    }

    private mutating func parsePattern() throws(JQError) -> Pattern {
        try nested { parser throws(JQError) in try parser.parsePatternUnguarded() }
    }

    private mutating func parsePatternUnguarded() throws(JQError) -> Pattern {
        if case .variable(let name) = token {
            try advance()
            return .variable(name)
        }
        if try take("[") {
            var elements: [Pattern] = []
            repeat {
                elements.append(try parsePattern())
            } while try take(",")
            try expect("]")
            return .array(elements)
        }
        guard try take("{") else { throw unexpected("a variable, '[' or '{'") }
        var members: [(key: Expression, binding: String?, pattern: Pattern?)] = []
        repeat {
            members.append(try parsePatternMember())
        } while try take(",")
        try expect("}")
        return .object(members)
    }

    private mutating func parsePatternMember() throws(JQError) -> (key: Expression, binding: String?, pattern: Pattern?)
    {
        let start = offset
        let key: Expression
        switch token {
        case .variable(let name):
            try advance()
            let pattern = try take(":") ? try parsePattern() : nil
            return (literal(name, at: start), name, pattern)
        case .name(let name):
            try advance()
            key = literal(name, at: start)
        case .quote: key = try parseString(format: nil)
        case .symbol("("):
            try advance()
            key = try parsePipe()
            try expect(")")
            if let constant = key.constant, constant.string == nil {
                throw error("cannot use \(constant.typeName) (\(constant)) as object key", at: start)
            }
        default: throw unexpected("a key")
        }
        try expect(":")
        return (key, nil, try parsePattern())
    }
}
