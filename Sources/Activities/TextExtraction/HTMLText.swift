import CLibXML2
import Foundation

/// The readable text of an HTML page, through libxml2's forgiving parser; never touches the network.
enum HTMLText {
    private static let skipped: Set<String> = [
        "script", "style", "noscript", "template", "svg", "iframe", "object", "head", "nav",
    ]
    private static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "option",
        "p",
        "pre", "section", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
    ]

    static func extract(_ data: Data) throws(ActivityError) -> String {
        guard data.count <= Int(Int32.max) else { throw .invalidInput("the HTML page is too large") }
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue
        // Without a declared encoding libxml2 assumes Latin-1; a valid UTF-8 page is UTF-8.
        let encoding: String? = String(validating: data, as: UTF8.self) == nil ? nil : "UTF-8"
        let document = data.withUnsafeBytes { bytes in
            htmlReadMemory(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil, encoding,
                Int32(options)
            )
        }
        guard let document else { throw .invalidInput("the HTML page could not be parsed") }
        defer { xmlFreeDoc(document) }
        var collector = TextCollector()
        walk(xmlDocGetRootElement(document), into: &collector)
        return collector.finish()
    }

    /// In document order without recursion: a page may nest as deep as its author likes.
    private static func walk(_ root: xmlNodePtr?, into collector: inout TextCollector) {
        guard let root else { return }
        var node = root
        while true {
            let enters = enter(node, into: &collector)
            if enters, let child = node.pointee.children {
                node = child
                continue
            }
            leave(node, into: &collector)
            while node.pointee.next == nil {
                if node == root { return }
                guard let parent = node.pointee.parent else { return }
                node = parent
                leave(node, into: &collector)
            }
            if node == root { return }
            node = node.pointee.next
        }
    }

    private static func enter(_ node: xmlNodePtr, into collector: inout TextCollector) -> Bool {
        switch node.pointee.type {
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            if let content = node.pointee.content {
                collector.append(String(cString: content))
            }
            return false
        case XML_ELEMENT_NODE:
            guard let name = name(of: node), !skipped.contains(name) else { return false }
            if blocks.contains(name) { collector.breakLine() }
            return true
        default:
            return false
        }
    }

    private static func leave(_ node: xmlNodePtr, into collector: inout TextCollector) {
        guard node.pointee.type == XML_ELEMENT_NODE, let name = name(of: node), !skipped.contains(name) else { return }
        if blocks.contains(name) { collector.breakLine() }
        if name == "td" || name == "th" { collector.breakCell() }
    }

    private static func name(of node: xmlNodePtr) -> String? {
        node.pointee.name.map { String(cString: $0).lowercased() }
    }
}

/// Folds white space as a browser shows it: one blank between words, one line break between blocks.
private struct TextCollector {
    private enum Pending { case none, space, cell, line }
    private var text = ""
    private var pending = Pending.none

    mutating func append(_ run: String) {
        for scalar in run.unicodeScalars {
            if scalar.properties.isWhitespace {
                if pending == .none { pending = .space }
            } else {
                flush()
                text.unicodeScalars.append(scalar)
            }
        }
    }

    mutating func breakLine() { pending = .line }
    mutating func breakCell() { if pending != .line { pending = .cell } }

    mutating func finish() -> String { text }

    private mutating func flush() {
        if !text.isEmpty {
            switch pending {
            case .none: break
            case .space: text += " "
            case .cell: text += "\t"
            case .line: text += "\n"
            }
        }
        pending = .none
    }
}
