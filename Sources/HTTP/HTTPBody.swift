/// The body of an answer as it arrives: pieces of it, decompressed, none of them empty.
///
/// The transfer stands still while about ``AnswerStream/highWater`` bytes wait to be read, so a slow reader costs the
/// server patience and this process no memory. A compressed body may be ahead by what 100 reads of 16 KiB decompress to;
/// the policy's `maxBodyBytes`, which counts decompressed bytes, is never exceeded.
///
/// The bytes are gone once they are read: a second iteration goes on where the first one stopped. Only one task may read
/// at a time.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    let transfer: OpenTransfer

    package func makeAsyncIterator() -> Iterator { Iterator(transfer: transfer) }

    /// Reads one piece after the other.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let transfer: OpenTransfer

        /// Waits for more of the body.
        ///
        /// Cancelling the task ends the transfer at once. What arrived before a failure is handed over before the failure
        /// is thrown.
        ///
        /// - Returns: The next bytes; `nil` at the end of a complete body.
        /// - Throws: ``HTTPError``, again on each further call; ``HTTPError/Code/cancelled`` also once the closure that
        ///   was given the body has returned.
        package mutating func next() async throws(HTTPError) -> [UInt8]? { try await transfer.next() }
    }
}
