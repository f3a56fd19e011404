import CZlib

/// The one owner of a zlib inflate state and of the buffer it writes into.
///
/// zlib keeps a pointer back to its `z_stream`, so that lives in allocated memory, never in this movable struct.
struct InflateStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var filled = 0
    /// Whether the caller has what is in the buffer.
    private var isLent = false
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

    /// Names the next compressed bytes, which must stay where they are until ``step(isLast:)`` says that they are used up.
    ///
    /// - Throws: ``ZipError/damaged(reason:)`` when the data ended before them.
    mutating func setInput(_ input: UnsafeBufferPointer<UInt8>) throws(ZipError) {
        guard !ended else { throw Self.endsEarly }
        inputBytes += input.count
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = uInt(input.count)
    }

    /// How many compressed bytes are used up, of all that were named.
    var consumed: Int { inputBytes - Int(stream.pointee.avail_in) }

    /// Lends what the last ``step(isLast:)`` gave.
    func withOutput(_ body: (Span<UInt8>) throws -> Void) rethrows {
        try body(buffer.span.extracting(first: filled))
    }

    /// Fills the buffer, or gives what there is when the data ends.
    ///
    /// - Parameter isLast: Whether no more input comes; before that, what does not fill the buffer is kept for the next step.
    /// - Returns: False when nothing is to be lent and the input is used up.
    /// - Throws: ``ZipError/damaged(reason:)`` when the data is no DEFLATE stream.
    mutating func step(isLast: Bool) throws(ZipError) -> Bool {
        if isLent { filled = 0 }
        isLent = false
        while !ended, filled < buffer.count {
            stream.pointee.next_out = buffer.baseAddress?.advanced(by: filled)
            stream.pointee.avail_out = uInt(buffer.count - filled)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            let isFuller = stream.pointee.avail_out < uInt(buffer.count - filled)
            filled = buffer.count - Int(stream.pointee.avail_out)
            switch status {
            case Z_STREAM_END: ended = true
            case Z_OK where isFuller: continue
            case Z_OK, Z_BUF_ERROR:
                isLent = isLast && filled > 0
                return isLent
            default:
                throw ZipError.damaged(reason: "its compressed data is not valid (zlib status \(status))")
            }
        }
        isLent = filled > 0
        return isLent
    }

    /// Says that all input was named.
    ///
    /// - Throws: ``ZipError/damaged(reason:)`` when the data goes on, or ended before the input did.
    mutating func finish() throws(ZipError) {
        guard ended else { throw ZipError.damaged(reason: "its compressed data is cut") }
        guard stream.pointee.avail_in == 0 else { throw Self.endsEarly }
    }

    private static var endsEarly: ZipError { .damaged(reason: "its data ends before its stated size") }
}
