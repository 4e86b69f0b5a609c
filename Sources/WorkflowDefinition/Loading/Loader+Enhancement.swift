import JSON

extension Loader {
    private static let usualTiers = ["basic", "premium", "enterprise"]

    /// Reads `metadata.enhancement` around the body of its task.
    mutating func enhanced(
        _ task: TaskDefinition, at cursor: Cursor, _ scope: Scope, body: (inout Loader, Scope) -> TaskKind?
    ) -> TaskDefinition? {
        var task = task
        let what = "an enhancement point"
        let fields = fields(cursor, of: what, known: ["id", "tiers", "fallback", "timeout"])
        let id = fields.flatMap { required("id", in: $0, of: what) }.flatMap { pointIdentifier($0) }
        let tiers = fields.flatMap { required("tiers", in: $0, of: what) }.flatMap { entitledTiers($0) }
        let index = enhancementPoints.count
        if let id, let tiers {
            enhancementPoints.append(
                EnhancementPoint(
                    id: id, task: task.name, position: task.position, tiers: tiers, fallback: .fault, calls: [],
                    aiFunctions: []))
        }
        let outer = calls
        calls = NameList()
        var inner = scope
        inner.isGuarded = true
        let kind = body(&self, inner)
        let inside = calls.names
        calls = outer
        for name in inside { calls.insert(name) }
        if kind != nil, inside.isEmpty {
            warning(
                "nothing inside this enhancement point calls anything: there is nothing to fall back from", at: cursor)
        }
        let fallback = fields.flatMap { self.fallback($0, scope) }
        let timeout = fields?["timeout"].flatMap { enhancementTimeout($0, scope) }
        guard let kind, let id, let tiers, let fallback else { return nil }
        enhancementPoints[index].calls = inside
        enhancementPoints[index].aiFunctions = inside.filter { catalog[$0]?.isAI == true }
        enhancementPoints[index].fallback =
            switch fallback {
            case .value: .value
            case .tasks: .tasks
            case .fault: .fault
            }
        task.kind = kind
        task.enhancement = Enhancement(id: id, tiers: tiers, fallback: fallback, timeout: timeout)
        return task
    }

    private mutating func pointIdentifier(_ cursor: Cursor) -> String? {
        guard let id = string(cursor) else { return nil }
        let bytes = Array(id.utf8)
        let isLetter = { (byte: UInt8) in
            (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
        }
        guard (1...64).contains(bytes.count), isLetter(bytes[0]),
            bytes.allSatisfy({ isLetter($0) || "._-".utf8.contains($0) })
        else {
            error(
                .invalid, "'id' must be 1 to 64 letters, digits, '.', '_' or '-', found '\(abridged(id))'", at: cursor)
            return nil
        }
        if enhancementPoints.contains(where: { $0.id == id }) {
            error(.invalid, "a second enhancement point '\(id)'; ids are unique in a definition", at: cursor)
            return nil
        }
        return id
    }

    private mutating func entitledTiers(_ cursor: Cursor) -> [String]? {
        guard let array = cursor.value.array, !array.isEmpty else {
            mismatch(cursor, "a list of tiers, such as [premium, enterprise]")
            return nil
        }
        var tiers = NameList()
        for element in cursor.elements {
            guard let tier = nonEmptyString(element) else { return nil }
            tiers.insert(tier)
            if !Loader.usualTiers.contains(tier), let meant = suggestion(for: tier, among: Loader.usualTiers) {
                warning("unusual tier '\(abridged(tier))'; did you mean '\(meant)'?", at: element)
            }
        }
        return tiers.names
    }

    /// `{ value: … }`, `{ do: […] }` or `{ fault: true }`: an author says what happens without AI, always.
    private mutating func fallback(_ point: Fields, _ scope: Scope) -> Enhancement.Fallback? {
        let forms = "{ value: … }, { do: […] } or { fault: true }"
        guard let cursor = required("fallback", in: point, of: "an enhancement point", "one of \(forms)") else {
            return nil
        }
        guard fields(cursor, of: "a fallback", known: ["value", "do", "fault"]) != nil else { return nil }
        let members = cursor.members
        guard members.count == 1, let (name, place) = members.first else {
            error(.invalid, "a fallback is one of \(forms)", at: cursor)
            return nil
        }
        switch name {
        case "value": return .value(template(place, scope))
        case "do": return taskList(place, scope).map { .tasks($0) }
        case "fault":
            if place.value.bool == true { return .fault }
            error(.invalid, "'fault' must be true; a fallback is one of \(forms)", at: place)
            return nil
        default: return nil
        }
    }

    /// A duration, or a timeout as tasks have it.
    private mutating func enhancementTimeout(_ cursor: Cursor, _ scope: Scope) -> DurationTemplate? {
        cursor["after"] == nil ? duration(cursor, scope) : inlineTimeout(cursor, scope)
    }
}
