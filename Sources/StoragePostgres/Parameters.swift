import CLibPQ
import Storage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Bound values in libpq's form: text, whose type the server infers from its place, but bytes for blobs.
struct Parameters: ~Copyable {
    private(set) var values: [UnsafePointer<CChar>?] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    /// Throws `invalidText` for U+0000, which PostgreSQL's texts cannot hold. Before anything is sent: what was sent in part
    /// cannot be taken back.
    static func check(_ list: [DatabaseValue]) throws(StorageError) {
        for case .text(let text) in list where text.utf8.contains(0) {
            throw StorageError(.invalidText, "A text holds the character U+0000, which cannot be stored.")
        }
    }

    /// - Parameter list: checked.
    init(_ list: [DatabaseValue]) {
        for value in list {
            switch value {
            case .null: add(nil)
            case .integer(let integer): add(String(integer))
            case .double(let double): add(double.isNaN ? "NaN" : double.isInfinite ? infinity(double) : "\(double)")
            case .text(let text): add(text)
            case .blob(let bytes):
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
                copy.copyBytes(from: bytes)
                values.append(copy.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: CChar.self)) })
                lengths.append(Int32(clamping: bytes.count))
                formats.append(1)
            }
        }
    }

    deinit {
        for value in values { free(UnsafeMutablePointer(mutating: value)) }
    }

    private mutating func add(_ text: String?) {
        values.append(text.map { UnsafePointer(strdup($0)) })
        lengths.append(0)
        formats.append(0)
    }

    private func infinity(_ double: Double) -> String { double > 0 ? "Infinity" : "-Infinity" }
}
