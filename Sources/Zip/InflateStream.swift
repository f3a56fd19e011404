import CZlib

/// The one owner of a zlib inflate state and of the buffer it writes into.
///
/// zlib keeps a pointer back to its `z_stream`, so that lives in allocated memory, never in this movable struct.
struct InflateStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var filled = 0
    private var ended = false
    private var inputBytes = 0

    /// Makes a state for raw DEFLATE data, as archives hold it.
    init(chunkBytes: Int) throws(ZipError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        buffer = .allocate(capacity: chunkBytes)
        buffer.initialize(repeating: 0)
        let status = shim_inflateInitRaw(stream)
        guard status == Z_OK else {
            // `deinit` does not run for a stream that was never made.
            stream.deallocate()
            buffer.deallocate()
            throw ZipError.damaged(reason: "zlib could not start (status \(status))")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        buffer.deallocate()
    }

    /// Names the compressed bytes, which must stay where they are until the last ``step()``.
    mutating func setInput(_ input: UnsafeBufferPointer<UInt8>) {
        inputBytes = input.count
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = uInt(input.count)
    }

    /// How many compressed bytes are used up.
    var consumed: Int { inputBytes - Int(stream.pointee.avail_in) }

    /// Lends what the last ``step()`` gave.
    func withOutput(_ body: (Span<UInt8>) throws -> Void) rethrows {
        try body(buffer.span.extracting(first: filled))
    }

    /// Fills the buffer once.
    ///
    /// - Returns: False when the data has ended and nothing came out.
    /// - Throws: ``ZipError/damaged(reason:)`` when the data is no DEFLATE stream or is cut.
    mutating func step() throws(ZipError) -> Bool {
        guard !ended else { return false }
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = uInt(buffer.count)
        let status = CZlib.inflate(stream, Z_NO_FLUSH)
        filled = buffer.count - Int(stream.pointee.avail_out)
        switch status {
        case Z_STREAM_END:
            ended = true
            return filled > 0
        case Z_OK where filled > 0:
            return true
        case Z_OK, Z_BUF_ERROR:
            throw ZipError.damaged(reason: "its compressed data is cut")
        default:
            throw ZipError.damaged(reason: "its compressed data is not valid (zlib status \(status))")
        }
    }
}
