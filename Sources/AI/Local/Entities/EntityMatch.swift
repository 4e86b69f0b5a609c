/// A place that a rule recognised.
struct EntityMatch {
    /// Cases in falling priority: where two matches overlap, the earlier case stays.
    enum Kind: String, Comparable {
        case card, iban, email, url, date, money, phone, organization, person

        private var priority: Int {
            switch self {
            case .card: 0
            case .iban: 1
            case .email: 2
            case .url: 3
            case .date: 4
            case .money: 5
            case .phone: 6
            case .organization: 7
            case .person: 8
            }
        }

        static func < (first: Kind, second: Kind) -> Bool { first.priority < second.priority }
    }

    var kind: Kind
    var range: Range<Int>
    var confidence: Double

    init(_ kind: Kind, _ range: Range<Int>, _ confidence: Double) {
        self.kind = kind
        self.range = range
        self.confidence = confidence
    }
}
