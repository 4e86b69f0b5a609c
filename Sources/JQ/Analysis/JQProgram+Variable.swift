import JSON

/// How a program uses one of its variables.
package struct VariableUse: Sendable {
    /// The members that it reads, `name` of `$variable.name` and `$variable["name"]`, each once, in order.
    package var members: [String] = []
    /// Nothing else is done with the variable: `members` are all that it can see of it.
    package var isMembersOnly = true
    /// The program may look at its input (`.`); false is certain.
    package var readsInput: Bool
}

extension JQProgram {
    /// Told from the text alone, so a function's parameter of the same name counts as the variable.
    package func use(of variable: String) throws(JQError) -> VariableUse {
        let tree = try Parser.parse(text)
        var use = VariableUse(readsInput: tree.mayReadInput)
        tree.note(variable, in: &use)
        return use
    }
}

extension Expression {
    fileprivate func note(_ variable: String, in use: inout VariableUse) {
        if case .index(let target, let key) = kind, case .variable(variable) = target.kind {
            guard let name = key.constant?.string else {
                use.isMembersOnly = false
                return
            }
            if !use.members.contains(name) { use.members.append(name) }
            return
        }
        if case .variable(variable) = kind { use.isMembersOnly = false }
        for child in kind.children { child.note(variable, in: &use) }
    }

    /// Functions and formats work on the input that reaches them; what a pipe feeds is not the program's.
    fileprivate var mayReadInput: Bool {
        switch kind {
        case .identity, .descend, .call, .format: true
        case .pipe(let stages): stages.first?.mayReadInput ?? true
        case .define(_, let body): body.mayReadInput
        default: kind.children.contains(where: \.mayReadInput)
        }
    }
}
