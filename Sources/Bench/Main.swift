import Foundation

/// What `bench/run.py` measures of ours; `bench/peer.py` takes the same words. One job a process, results as JSON.
@main
enum BenchWorker {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("null", 3): try await serve(NullMachine.self, address: arguments[1], taskQueue: arguments[2])
        case ("definition", 3): try await serveDefinitions(address: arguments[1], taskQueue: arguments[2])
        case ("replay", 2): try replay(arguments[1])
        case ("expressions", 2): try evaluate(arguments[1])
        default:
            FileHandle.standardError.write(
                Data("usage: bench-worker null|definition ADDRESS QUEUE | replay FILE | expressions FILE\n".utf8))
            exit(2)
        }
    }
}

/// Repeats `body` for about a second after one turn to warm up.
///
/// - Returns: seconds a turn.
func secondsPerTurn(_ body: () throws -> Void) rethrows -> Double {
    try body()
    let clock = ContinuousClock()
    let begin = clock.now
    var turns = 0
    repeat {
        try body()
        turns += 1
    } while clock.now - begin < .seconds(1)
    return (clock.now - begin) / .seconds(1) / Double(turns)
}
