import Temporal

/// One part of a cron expression: `*`, `5`, `1-5`, `*/15`, `MON-FRI`, and lists of these.
enum CronField: String, CaseIterable {
    case second, minute, hour
    case dayOfMonth = "day_of_month"
    case month
    case dayOfWeek = "day_of_week"
    case year

    /// The five of a cron expression, in their order.
    static let ofExpression: [CronField] = [.minute, .hour, .dayOfMonth, .month, .dayOfWeek]

    /// Why a text is no such part; it says what would be right.
    struct Invalid: Error {
        var message: String
    }

    func parse(_ text: String) throws(Invalid) -> [ScheduleSpec.Range] {
        let items = text.split(separator: ",", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, !items.isEmpty else { throw invalid(text) }
        var ranges: [ScheduleSpec.Range] = []
        for item in items { ranges.append(try range(item, of: text)) }
        return ranges
    }

    /// The values that a text stands for.
    func values(_ ranges: [ScheduleSpec.Range]) -> Set<Int> {
        ranges.reduce(into: []) { $0.formUnion(stride(from: $1.start, through: $1.end, by: $1.step)) }
    }

    private func range(_ item: Substring, of text: String) throws(Invalid) -> ScheduleSpec.Range {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { throw invalid(text) }
        var step = 1
        if parts.count == 2 {
            guard let number = number(parts[1]), (1...limits.upperBound).contains(number) else { throw invalid(text) }
            step = number
        }
        if parts[0] == "*" { return .init(limits.lowerBound, to: limits.upperBound, step: step) }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let start = value(ends[0]) else { throw invalid(text) }
        // `5/15` counts on to the end, as cron does.
        var end = parts.count == 2 ? limits.upperBound : start
        if ends.count == 2 {
            guard let last = value(ends[1]) else { throw invalid(text) }
            end = last
        }
        guard limits.contains(start), limits.contains(end), start <= end else { throw invalid(text) }
        return .init(start, to: end, step: step)
    }

    private func value(_ text: Substring) -> Int? {
        if let index = names.firstIndex(of: text.uppercased()) { return index + (self == .month ? 1 : 0) }
        return number(text)
    }

    /// Digits only: `Int` takes signs too.
    private func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private func invalid(_ text: String) -> Invalid {
        let name = rawValue.replacing("_", with: " ")
        let example = names.isEmpty ? "" : ", or names such as \(names[1])"
        return Invalid(
            message:
                "\(text.prefix(50).debugDescription) is no \(name): it is *, or numbers from \(limits.lowerBound) to "
                + "\(limits.upperBound)\(example), with ranges (a-b), steps (*/n) and commas")
    }

    private var limits: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...6
        case .year: 2000...2100
        }
    }

    private var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .dayOfWeek: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }
}

/// A cron expression of five parts, or a word for one.
struct CronExpression {
    static let words = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly"]

    /// As Temporal reads it.
    let text: String

    init(_ text: String) throws(CronField.Invalid) {
        self.text = text
        if text.hasPrefix("@") {
            guard Self.words.contains(text) else {
                throw CronField.Invalid(
                    message:
                        "\(text.prefix(50).debugDescription) is not known; known are \(Self.words.joined(separator: ", "))"
                )
            }
            return
        }
        guard !text.uppercased().contains("TZ=") else {
            throw CronField.Invalid(message: "the time zone goes into time_zone, not into the expression")
        }
        let parts = text.split(separator: " ")
        guard parts.count == 5 else {
            throw CronField.Invalid(
                message: "\(text.prefix(100).debugDescription) has \(parts.count) parts; it needs five: minute, hour, "
                    + "day of month, month, day of week, such as 30 9 * * 1-5")
        }
        var values: [CronField: Set<Int>] = [:]
        for (field, part) in zip(CronField.ofExpression, parts) {
            values[field] = field.values(try field.parse(String(part)))
        }
        try Self.checkPossible(days: values[.dayOfMonth] ?? [], months: values[.month] ?? [])
    }

    /// 30 February never comes.
    static func checkPossible(days: Set<Int>, months: Set<Int>) throws(CronField.Invalid) {
        let longest = months.map { $0 == 2 ? 29 : [4, 6, 9, 11].contains($0) ? 30 : 31 }.max() ?? 31
        guard (days.min() ?? 1) <= longest else {
            throw CronField.Invalid(message: "no month that it names has a day \(days.min() ?? 0): it would never run")
        }
    }
}
