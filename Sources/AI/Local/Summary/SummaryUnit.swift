/// A unit of the text with what the summarizer weighs.
struct SummaryUnit {
    var unit: TextUnit
    /// The place among the units that may be chosen, from 0.
    var order: Int
    /// The terms, stop words left out, in order; at most `maximumTerms`.
    var terms: [UInt64]
    /// Words as they count against the limit.
    var words: Int
    /// By place and form, before the graph: 1 is ordinary.
    var prior = 1.0

    static let maximumTerms = 60
}
