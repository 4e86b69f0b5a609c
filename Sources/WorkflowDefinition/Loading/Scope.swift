import JSON

/// What surrounds the task at hand.
struct Scope {
    /// Loop and error variables by name, without `$`; an inner one hides an outer one of its name.
    var variables: [String] = []
    /// Tasks around this one.
    var depth = 0
    /// The list's tasks, which `then` may name, as keys (found by their bytes, soon in long lists); nil where no task
    /// follows another: branches of a fork.
    var siblings: JSONObject?
    /// Inside a `try` or an enhancement point: a failure has somewhere to go.
    var isGuarded = false
    /// The arguments of a call that our own workers make: they alone resolve secrets.
    var resolvesSecrets = false

    var resolvingSecrets: Scope {
        var scope = self
        scope.resolvesSecrets = true
        return scope
    }

    func binding(_ names: [String]) -> Scope {
        var scope = self
        for name in names where !scope.variables.contains(name) { scope.variables.append(name) }
        return scope
    }
}
