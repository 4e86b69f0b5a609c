import Hummingbird

extension Request {
    /// `?limit=`: how many entries of a list to show.
    func pageLimit(_ unless: Int = 50, atMost most: Int = 200) throws(Problem) -> Int {
        guard let text = uri.queryParameters["limit"] else { return unless }
        guard let number = Int(text), (1...most).contains(number) else {
            throw .badRequest("invalid_parameter", "limit must be a number from 1 to \(most).")
        }
        return number
    }
}
