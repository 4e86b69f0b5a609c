extension Collection {
    /// `?, ?, ?`: a placeholder for each element, for `IN (…)`.
    var places: String { Array(repeating: "?", count: count).joined(separator: ", ") }
}

extension Array {
    /// With the last element repeated up to a power of two: lists for `IN (…)` of so few lengths that their
    /// statements stay prepared.
    var padded: [Element] {
        guard let last, count > 1 else { return self }
        let size = 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
        return self + Array(repeating: last, count: size - count)
    }

    /// In pieces of 64, 16, 4 and 1: rows for `VALUES (…), (…)`, for the same reason.
    var pieces: [ArraySlice<Element>] {
        var pieces: [ArraySlice<Element>] = []
        var start = 0
        for size in [64, 16, 4, 1] {
            while count - start >= size {
                pieces.append(self[start..<start + size])
                start += size
            }
        }
        return pieces
    }
}
