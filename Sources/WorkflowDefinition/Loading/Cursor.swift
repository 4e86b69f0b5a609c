import JSON

/// A value of the document being loaded, with where it stands.
struct Cursor {
    let value: JSONValue
    let pointer: JSONPointer
    let map: SourceMap?

    init(_ document: SourceDocument) {
        self.init(value: document.value, pointer: .root, map: document.map)
    }

    private init(value: JSONValue, pointer: JSONPointer, map: SourceMap?) {
        self.value = value
        self.pointer = pointer
        self.map = map
    }

    /// The member of an object.
    subscript(key: String) -> Cursor? {
        guard let object = value.object, let position = object.position(of: key) else { return nil }
        return Cursor(value: object[position].value, pointer: pointer.appending(key), map: child(position))
    }

    var members: [(key: String, value: Cursor)] {
        guard let object = value.object else { return [] }
        return object.enumerated().map { position, member in
            (member.key, Cursor(value: member.value, pointer: pointer.appending(member.key), map: child(position)))
        }
    }

    var elements: [Cursor] {
        guard let array = value.array else { return [] }
        return array.enumerated().map { position, element in
            Cursor(value: element, pointer: pointer.appending(position), map: child(position))
        }
    }

    /// The deepest value on the way to `pointer`, which counts from here.
    func descendant(_ pointer: JSONPointer) -> Cursor {
        var cursor = self
        for token in pointer.tokens {
            guard let next = cursor[token] ?? Int(token).flatMap({ cursor.element($0) }) else { break }
            cursor = next
        }
        return cursor
    }

    private func element(_ index: Int) -> Cursor? {
        value[index].map { Cursor(value: $0, pointer: pointer.appending(index), map: child(index)) }
    }

    private func child(_ position: Int) -> SourceMap? {
        guard let map, map.children.indices.contains(position) else { return nil }
        return map.children[position]
    }

    /// The member's name in quotes, for messages; "the document" at the root.
    var label: String { pointer.lastToken.map { "'\(abridged($0))'" } ?? "the document" }
}
