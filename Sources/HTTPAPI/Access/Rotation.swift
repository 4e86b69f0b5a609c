import Hummingbird
import JSON

extension Request {
    /// The body of a rotation, `{"overlap"?}`: how many seconds the old key or secret goes on; a day without a word, 30 at
    /// most.
    func overlap() async throws -> Int64 {
        let body = try await jsonObject(limit: 64 << 10, orEmpty: true)
        try body.refuseUnknown(besides: ["overlap"])
        let longest: Int64 = 30 * 86_400
        let overlap = try body.member("overlap", "integer", \.integer) ?? 86_400
        guard (0...longest).contains(overlap) else {
            throw Problem.invalidMember("overlap", "overlap is 0 to \(longest) seconds.")
        }
        return overlap
    }
}
