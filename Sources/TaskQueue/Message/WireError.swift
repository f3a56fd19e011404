/// Why a message could not be read from, or written to, asynq's protobuf form.
///
/// Never holds the message's content, so it is safe to log.
package struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable, Hashable {
        /// The bytes end inside a field.
        case truncated
        /// A number takes more than ten bytes or more than 64 bits.
        case malformedVarint
        /// A field number or wire type that protobuf does not have, or a group that does not end.
        case malformedTag
        /// A string is not valid UTF-8.
        case invalidUTF8
        /// A moment lies outside what protobuf's Timestamp can hold.
        case momentOutOfRange
        /// The message is longer than protobuf's 2 GiB.
        case tooLong
        /// The message does not belong where it was found: its queue or id differs from its key.
        case misplaced
    }

    /// The kind of failure.
    package let code: Code
    /// The message's name in asynq's schema, such as `TaskMessage`.
    package let message: String
    /// The field's name in asynq's schema; `nil` before a field was recognised.
    package let field: String?

    /// Names a failure.
    package init(_ code: Code, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    package var description: String {
        let place = field.map { "\(message).\($0)" } ?? message
        return switch code {
        case .truncated: "\(place): the bytes end inside a field; the stored message is cut off"
        case .malformedVarint: "\(place): a number of more than ten bytes; the stored message is damaged"
        case .malformedTag: "\(place): a tag that protobuf does not have; the stored message is damaged"
        case .invalidUTF8: "\(place): not valid UTF-8; the producer must send text or use the payload"
        case .momentOutOfRange: "\(place): a moment outside the years 1 to 9999"
        case .tooLong: "\(place): longer than 2 GiB; send large data beside the queue"
        case .misplaced: "\(place): names another queue or id than the key it was stored under"
        }
    }
}
