import Glibc

// What the C library does with many bytes at once, behind checked ranges: modules that may not touch pointers scan with it.
extension Span<UInt8> {
    /// The place of the first byte beyond ASCII at or after `start`, or the count.
    package func endOfASCII(from start: Int) -> Int {
        precondition(start >= 0 && start <= count, "a search starts inside the bytes")
        return withUnsafeBytes { bytes in
            var place = start
            while place + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            { place += 8 }
            while place < bytes.count, bytes[place] < 0x80 { place += 1 }
            return place
        }
    }

    /// The place of the first `byte` at or after `start`, or nil.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        precondition(start >= 0 && start <= count, "a search starts inside the bytes")
        return withUnsafeBufferPointer { bytes -> Int? in
            guard let base = bytes.baseAddress, let found = memchr(base + start, Int32(byte), bytes.count - start)
            else {
                return nil
            }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// Whether `pattern[range]` stands at `start`; false where it would reach beyond the end.
    package func matches(_ pattern: Span<UInt8>, _ range: Range<Int>, at start: Int) -> Bool {
        precondition(start >= 0 && start <= count, "a comparison starts inside the bytes")
        precondition(range.lowerBound >= 0 && range.upperBound <= pattern.count, "a pattern is inside its bytes")
        guard range.count <= count - start else { return false }
        return withUnsafeBufferPointer { bytes in
            pattern.withUnsafeBufferPointer { pattern in
                guard let left = bytes.baseAddress, let right = pattern.baseAddress else { return range.isEmpty }
                return memcmp(left + start, right + range.lowerBound, range.count) == 0
            }
        }
    }

    /// The first four and the last four bytes as numbers in the machine's order, which may overlap; there must be four.
    ///
    /// Together with the count they tell texts of four to eight bytes apart at once.
    package var ends: (first: UInt32, last: UInt32) {
        precondition(count >= 4, "the ends of bytes are four bytes long")
        return withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(as: UInt32.self),
                bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
            )
        }
    }
}

extension String {
    /// Makes a text; bytes that are no UTF-8 are replaced, which a parser's never are.
    package init(utf8: Span<UInt8>) {
        self = utf8.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
