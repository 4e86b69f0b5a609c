/// The commands of a turn that history has not recorded yet, first in, first out; empty between turns.
struct CommandQueue: Sendable {
    /// nil: withdrawn before it was sent.
    private var commands: [OutgoingCommand?] = []
    private var firstUnmatched = 0
    /// The command that closes the run; always the last.
    private(set) var closing: OutgoingCommand?

    /// In the order they are sent.
    var outgoing: [OutgoingCommand] {
        var result = commands[firstUnmatched...].compactMap { $0 }
        if let closing { result.append(closing) }
        return result
    }

    /// The one that history must record next.
    var next: OutgoingCommand? {
        commands[firstUnmatched...].lazy.compactMap { $0 }.first ?? closing
    }

    /// Gives its place, by which it can be withdrawn as long as it is not sent.
    @discardableResult
    mutating func append(_ command: OutgoingCommand) -> Int {
        commands.append(command)
        return commands.count - 1
    }

    mutating func withdraw(_ place: Int) { commands[place] = nil }

    /// The first closing command counts.
    mutating func close(_ command: OutgoingCommand) { closing = closing ?? command }

    /// History has recorded `next`.
    mutating func removeNext() {
        while firstUnmatched < commands.count, commands[firstUnmatched] == nil { firstUnmatched += 1 }
        if firstUnmatched < commands.count { firstUnmatched += 1 } else { closing = nil }
    }

    mutating func forgetPayloads() {
        for index in commands.indices { commands[index] = commands[index]?.withoutPayloads }
    }

    mutating func removeAll() {
        commands.removeAll(keepingCapacity: true)
        firstUnmatched = 0
        closing = nil
    }
}
