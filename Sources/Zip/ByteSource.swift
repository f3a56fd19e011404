/// The bytes of a file, held in memory or read from an open file piece by piece.
package enum ByteSource: Sendable {
    case memory([UInt8])
    case file(OpenFile)

    /// How many bytes there are.
    package var count: Int {
        switch self {
        case .memory(let bytes): bytes.count
        case .file(let file): file.count
        }
    }

    /// How many bytes ``eachPiece(in:_:)`` lends at most; what a file takes in memory while it is read.
    package static let pieceBytes = 65_536

    /// A copy of some of the bytes.
    ///
    /// - Parameter range: Where they are; what lies outside is left out.
    /// - Returns: The bytes.
    /// - Throws: ``ZipError/unreadable(reason:)`` when the file cannot be read or has become shorter.
    package func bytes(in range: Range<Int>) throws(ZipError) -> [UInt8] {
        let range = range.clamped(to: 0..<count)
        switch self {
        case .memory(let bytes):
            return Array(bytes[range])
        case .file(let file):
            var bytes = [UInt8](repeating: 0, count: range.count)
            try file.read(at: range.lowerBound, into: &bytes, count: range.count)
            return bytes
        }
    }

    /// Lends the bytes in order, in pieces of at most ``pieceBytes``.
    ///
    /// - Parameters:
    ///   - range: Which bytes; all when nil. They must be there.
    ///   - body: Gets a piece and the offset of the byte after it.
    /// - Throws: ``ZipError/unreadable(reason:)`` when the file cannot be read or has become shorter; what `body` throws.
    package func eachPiece(in range: Range<Int>? = nil, _ body: (_ piece: Span<UInt8>, _ end: Int) throws -> Void)
        throws
    {
        let range = range ?? 0..<count
        var buffer: [UInt8] = []
        if case .file = self { buffer = [UInt8](repeating: 0, count: min(Self.pieceBytes, range.count)) }
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(position + Self.pieceBytes, range.upperBound)
            switch self {
            case .memory(let bytes):
                try body(bytes.span.extracting(position..<end), end)
            case .file(let file):
                try file.read(at: position, into: &buffer, count: end - position)
                try body(buffer.span.extracting(first: end - position), end)
            }
            position = end
        }
    }
}
