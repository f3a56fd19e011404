import CHiredis

/// Owns hiredis's reply reader: bytes go in, whole replies come out.
struct ReplyReaderHandle: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() throws(RedisError) {
        guard let reader = redisReaderCreate() else {
            throw RedisError(.connectFailed, "there is no memory for a reply reader")
        }
        self.reader = reader
    }

    deinit { redisReaderFree(reader) }

    /// Takes in bytes from the server; they are copied.
    ///
    /// - Parameter bytes: Any part of the stream.
    /// - Throws: `.connectionLost` when hiredis is out of memory or has met a protocol error before.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        guard redisReaderFeed(reader, bytes.baseAddress, bytes.count) == REDIS_OK else { throw failure() }
    }

    /// The next whole reply, or `nil` when more bytes are needed.
    ///
    /// - Returns: The reply; its bytes are copied out of hiredis.
    /// - Throws: `.connectionLost` when the bytes are not RESP2; the reader is of no use afterwards.
    func next() throws(RedisError) -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure() }
        guard let object else { return nil }
        defer { freeReplyObject(object) }
        return Self.convert(object.assumingMemoryBound(to: redisReply.self).pointee)
    }

    /// Copies a reply; the recursion ends because hiredis refuses arrays nested deeper than seven.
    private static func convert(_ reply: redisReply) -> RedisReply {
        switch reply.type {
        case REDIS_REPLY_STRING: .bulk(Array(text(reply)))
        case REDIS_REPLY_STATUS: .status(String(decoding: text(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: .error(String(decoding: text(reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER: .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            .array(
                UnsafeBufferPointer(start: reply.element, count: reply.elements).map { element in
                    element.map { convert($0.pointee) } ?? .null
                })
        default: .null
        }
    }

    private static func text(_ reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: reply.str == nil ? 0 : reply.len)
    }

    private func failure() -> RedisError {
        let reason = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.connectionLost, "the server's answer cannot be read: \(reason)")
    }
}
