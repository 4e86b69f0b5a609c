/// Typed values by which Temporal's visibility finds and counts workflows. Never encoded: the server reads them.
package struct SearchAttributes: Sendable, Hashable {
    package enum Value: Sendable, Hashable {
        case text(String)
        case keyword(String)
        case int(Int64)
        case double(Double)
        case bool(Bool)
        case datetime(Timestamp)
        case keywordList([String])
    }

    package enum ValueType: String, Sendable, Hashable, CaseIterable {
        case text = "Text"
        case keyword = "Keyword"
        case int = "Int"
        case double = "Double"
        case bool = "Bool"
        case datetime = "Datetime"
        case keywordList = "KeywordList"
    }

    /// By name, which is case-sensitive.
    package var values: [String: Value]

    package init(_ values: [String: Value] = [:]) { self.values = values }

    package var isEmpty: Bool { values.isEmpty }

    package subscript(name: String) -> Value? {
        get { values[name] }
        set { values[name] = newValue }
    }
}

extension SearchAttributes: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) {
        values = Dictionary(elements) { _, last in last }
    }
}

extension SearchAttributes.Value {
    package var type: SearchAttributes.ValueType {
        switch self {
        case .text: .text
        case .keyword: .keyword
        case .int: .int
        case .double: .double
        case .bool: .bool
        case .datetime: .datetime
        case .keywordList: .keywordList
        }
    }
}
