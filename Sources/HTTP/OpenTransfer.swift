/// The reader's end of one transfer.
///
/// Whoever starts one calls ``end()`` in every case, or the transfer goes on until its time limit.
struct OpenTransfer: Sendable {
    let id: UInt64
    let request: TransferRequest
    let stream: AnswerStream
    let loop: TransferLoop

    /// Waits for the status and the header fields; cancelling the task ends the transfer at once.
    func head() async throws(HTTPError) -> TransferHead {
        try await withTaskCancellationHandler {
            await stream.head()
        } onCancel: {
            cancel()
        }.get()
    }

    /// Waits for more of the body; `nil` at its end.
    func next() async throws(HTTPError) -> [UInt8]? {
        let (piece, wasFull) = await withTaskCancellationHandler {
            await stream.next()
        } onCancel: {
            cancel()
        }
        if wasFull { loop.resume(id) }
        return try piece.get()
    }

    /// Reads a body that nobody wants to its end, so that its connection can be used again.
    ///
    /// - Parameter limit: After how many bytes another connection is cheaper.
    /// - Throws: ``HTTPError`` when the body does not arrive.
    func drain(atMost limit: Int) async throws(HTTPError) {
        var count = 0
        while count < limit, let piece = try await next() { count += piece.count }
    }

    /// Ends the transfer if it still runs; the body cannot be read any more.
    func end() { cancel(because: "the answer was left before its end") }

    private func cancel(because reason: String = "the task was cancelled") {
        // The reader is told by this thread; the loop's thread lets go of the connection on its own time.
        stream.finish(.failure(HTTPError(.cancelled, url: request.url.redacted, message: reason)))
        loop.cancel(id)
    }
}
