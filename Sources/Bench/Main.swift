import Foundation

/// What `bench/run.py` and `bench/local_ai.py` measure of ours; `bench/peer.py` takes the same words as the first. One job
/// a process, results as JSON.
@main
enum BenchWorker {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("null", 3): try await serve(NullMachine.self, address: arguments[1], taskQueue: arguments[2])
        case ("definition", 3): try await serveDefinitions(address: arguments[1], taskQueue: arguments[2])
        case ("replay", 2): try replay(arguments[1])
        case ("expressions", 2): try evaluate(arguments[1])
        case ("local", 1): try await answerLocally()
        case ("starts", 6):
            try await measureStarts(
                api: arguments[1], key: arguments[2], address: arguments[3], namespace: arguments[4],
                count: Int(arguments[5]) ?? 100)
        case ("upstream", 1): try await serveUpstream()
        case ("asks", 7):
            guard let form = AskForm(rawValue: arguments[1]) else { exit(2) }
            try await measureAsks(
                form, url: arguments[2], key: arguments[3], model: arguments[4], count: Int(arguments[5]) ?? 100,
                atOnce: Int(arguments[6]) ?? 1)
        default:
            let usage = """
                usage: bench-worker null|definition ADDRESS QUEUE | replay FILE | expressions FILE
                    | starts API KEY ADDRESS NAMESPACE COUNT | local | upstream
                    | asks chat|service URL KEY MODEL COUNT AT-ONCE

                """
            FileHandle.standardError.write(Data(usage.utf8))
            exit(2)
        }
    }
}

/// Repeats `body` for about a second after one turn to warm up.
///
/// - Returns: seconds of processor time a turn, which other work on the machine disturbs least.
func secondsPerTurn(_ body: () throws -> Void) rethrows -> Double {
    try body()
    let begin = processorSeconds()
    var turns = 0.0
    repeat {
        try body()
        turns += 1
    } while processorSeconds() - begin < 1
    return (processorSeconds() - begin) / turns
}

private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
