#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Strings as the bytes they hold: JSON knows no canonical equivalence.
extension String {
    package func hasSameBytes(as other: String) -> Bool {
        let count = utf8.count
        guard count == other.utf8.count else { return false }
        return withBytes { left in
            other.withBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return memcmp(left, right, count) == 0
            }
        }
    }

    package func precedesByBytes(_ other: String) -> Bool {
        withBytes { left in
            other.withBytes { right in
                if let left = left.baseAddress, let right = right.baseAddress {
                    let order = memcmp(left, right, min(utf8.count, other.utf8.count))
                    if order != 0 { return order < 0 }
                }
                return utf8.count < other.utf8.count
            }
        }
    }

    package func hashBytes(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }

    /// Calls `body` with the UTF-8 bytes, without a copy where the string is native (always on Linux).
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        if let result = try utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return try copy.withUTF8(body)
    }
}
