import FlyingSocks

/// Bytes that come in twenty pieces with a pause of 100 ms before each.
struct SlowBytes: AsyncBufferedSequence {
    typealias Element = UInt8

    let bytes: [UInt8]

    func makeAsyncIterator() -> Iterator {
        Iterator(rest: bytes[...], pieceSize: Swift.max(1, (bytes.count + 19) / 20))
    }

    struct Iterator: AsyncBufferedIteratorProtocol {
        var rest: ArraySlice<UInt8>
        let pieceSize: Int

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
            guard !rest.isEmpty else { return nil }
            let piece = rest.prefix(Swift.min(Swift.max(1, count), pieceSize))
            rest = rest.dropFirst(piece.count)
            try await Task.sleep(for: .milliseconds(100))
            return piece
        }
    }
}
