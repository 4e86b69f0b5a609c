/// A sentence, or a line that stands for itself.
struct TextUnit {
    enum Kind {
        /// Running text that ends like a sentence.
        case sentence
        case heading
        /// A list item, a table row, a label, a fragment.
        case fragment
    }

    var kind: Kind
    /// Trimmed; may contain line ends.
    var range: Range<Int>
    var paragraph: Int
    /// The place within its paragraph, from 0.
    var position: Int
    /// The index of the heading above among all units.
    var heading: Int?
}
