extension Collection {
    /// `?, ?, ?`: a placeholder for each element, for `IN (…)`.
    var places: String { Array(repeating: "?", count: count).joined(separator: ", ") }
}
