internal import CPCRE2

/// Owns PCRE2's compiled code. PCRE2 only reads code while it matches, so threads may share it.
final class CompiledPattern: @unchecked Sendable {
    private let code: OpaquePointer

    private enum Limit {
        static let patternBytes = 65_536
        static let heapKibibytes: UInt32 = 65_536
    }

    init(_ pattern: String, flags: UInt32) throws(RegularExpressionError) {
        guard pattern.utf8.count <= Limit.patternBytes else {
            throw RegularExpressionError(kind: .syntax, message: "it is longer than 64 KiB", offset: 0)
        }
        var errorCode: Int32 = 0
        var errorOffset = 0
        let compiled = pattern.withBytes { bytes in
            // PCRE2 wants a pointer even to no bytes.
            withUnsafePointer(to: 0 as UInt8) { empty in
                pcre2_compile_8(
                    bytes.baseAddress ?? empty, bytes.count, flags, &errorCode, &errorOffset, nil)
            }
        }
        guard let compiled else {
            throw RegularExpressionError(kind: .syntax, message: Self.message(errorCode), offset: errorOffset)
        }
        code = compiled
    }

    deinit { pcre2_code_free_8(code) }

    func captureNames() -> [String?] {
        var captures: UInt32 = 0
        var count: UInt32 = 0
        var entrySize: UInt32 = 0
        var table: UnsafePointer<UInt8>?
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &captures)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &entrySize)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        var names = [String?](repeating: nil, count: Int(captures))
        // An entry is the group's number in two bytes, then the name with a zero behind it.
        guard let table else { return names }
        let entries = UnsafeBufferPointer(start: table, count: Int(count * entrySize))
        for start in stride(from: 0, to: entries.count, by: max(Int(entrySize), 1)) {
            let entry = entries[start..<start + Int(entrySize)]
            let group = Int(entry[start]) << 8 | Int(entry[start + 1])
            let name = String(decoding: entry.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
            if names.indices.contains(group - 1) { names[group - 1] = name }
        }
        return names
    }

    /// The text has to be valid UTF-8, as the bytes of a `String` are.
    func matches(
        in text: UnsafeBufferPointer<UInt8>, from offset: Int, limit: Int, steps: UInt32
    ) throws(RegularExpressionError) -> [RegularExpression.Match] {
        let data = pcre2_match_data_create_from_pattern_8(code, nil)
        let context = pcre2_match_context_create_8(nil)
        defer {
            pcre2_match_data_free_8(data)
            pcre2_match_context_free_8(context)
        }
        guard let data, let context else {
            throw RegularExpressionError(kind: .limit, message: "out of memory", offset: 0)
        }
        pcre2_set_match_limit_8(context, steps)
        pcre2_set_depth_limit_8(context, steps)
        pcre2_set_heap_limit_8(context, Limit.heapKibibytes)
        var matches: [RegularExpression.Match] = []
        var start = offset
        while matches.count < limit, start >= 0, start <= text.count {
            guard let match = try firstMatch(in: text, from: start, data, context) else { break }
            matches.append(match)
            start = match.range.upperBound
            if match.range.isEmpty {
                start += 1
                while start < text.count, text[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
        return matches
    }

    private func firstMatch(
        in text: UnsafeBufferPointer<UInt8>, from offset: Int, _ data: OpaquePointer,
        _ context: OpaquePointer
    ) throws(RegularExpressionError) -> RegularExpression.Match? {
        let status = withUnsafePointer(to: 0 as UInt8) { empty in
            pcre2_match_8(
                code, text.baseAddress ?? empty, text.count, offset, UInt32(PCRE2_NO_UTF_CHECK), data, context)
        }
        if status == PCRE2_ERROR_NOMATCH { return nil }
        guard status >= 0, let vector = pcre2_get_ovector_pointer_8(data) else {
            throw RegularExpressionError(kind: .limit, message: Self.message(status), offset: 0)
        }
        let captures = (0..<Int(pcre2_get_ovector_count_8(data))).map { group -> Range<Int>? in
            // The largest number marks a group that took no part; `\K` can put the start behind the end.
            guard let lower = Int(exactly: vector[2 * group]), let upper = Int(exactly: vector[2 * group + 1]) else {
                return nil
            }
            return group < status && lower >= 0 && upper <= text.count && lower <= upper ? lower..<upper : nil
        }
        return RegularExpression.Match(captures: captures)
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(Int(length), 0)), as: UTF8.self)
    }
}
