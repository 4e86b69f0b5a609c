import Foundation

/// A provider's settings that cannot be used; the message names the mistake.
package struct ProviderSettingError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String
}

extension OpenAICompatibleProvider.Configuration {
    /// A server by its address and, after blanks, options: `output_limit=max_tokens`, `structured_output=json_object`,
    /// `api_version=2026-06-01` (Azure), `key_header=api-key`, `header.NAME=VALUE`, `max_input_bytes=100000`.
    ///
    /// Servers other than the vendor's are sent `max_tokens` unless they want it otherwise: all know it, and some pass over,
    /// or refuse, what they do not know.
    package init(name: String, settings: String) throws(ProviderSettingError) {
        func error(_ message: String) -> ProviderSettingError {
            ProviderSettingError(description: "the AI provider \(name): \(message)")
        }
        guard (1...50).contains(name.count), name != LocalProvider.name,
            name.utf8.allSatisfy({ byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
            })
        else { throw error("a name has 1 to 50 lower-case letters, digits, - and _") }
        let parts = settings.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let address = parts.first, let url = URL(string: address), ["http", "https"].contains(url.scheme),
            url.host?.isEmpty == false
        else { throw error("its address is no http or https address") }
        self.init(name: name, baseURL: address)
        if name != OpenAICompatibleProvider.name { outputLimit = .maxTokens }
        for part in parts.dropFirst() {
            guard let sign = part.firstIndex(of: "="), part.index(after: sign) != part.endIndex else {
                throw error("\"\(part)\" is not option=value")
            }
            let option = String(part[..<sign])
            let value = String(part[part.index(after: sign)...])
            switch option {
            case "output_limit":
                guard let limit = OutputLimit(rawValue: value) else {
                    throw error(Self.choice(option, OutputLimit.self))
                }
                outputLimit = limit
            case "structured_output":
                guard let form = StructuredOutput(rawValue: value) else {
                    throw error(Self.choice(option, StructuredOutput.self))
                }
                structuredOutput = form
            case "api_version": azureAPIVersion = value
            case "key_header":
                guard Self.isHeaderName(value) else { throw error("\(option) is no name of a header") }
                keyHeader = value
            case "max_input_bytes":
                guard let bytes = Int(value), bytes > 0 else { throw error("\(option) is a positive number") }
                maximumInputBytes = bytes
            default:
                let header = option.dropFirst("header.".count)
                guard option.hasPrefix("header."), Self.isHeaderName(header) else {
                    throw error("there is no option \(option)")
                }
                headers[String(header)] = value
            }
        }
    }

    private static func choice<Value: CaseIterable & RawRepresentable<String>>(
        _ option: String, _ type: Value.Type
    ) -> String { "\(option) is one of " + type.allCases.map(\.rawValue).joined(separator: ", ") }

    private static func isHeaderName(_ name: some StringProtocol) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
