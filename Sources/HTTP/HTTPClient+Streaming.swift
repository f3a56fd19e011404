extension HTTPClient {
    /// Fetches one document and hands it over while it arrives.
    ///
    /// Leaving `read`, in whatever way, ends the transfer. Cancelling the task ends it at once.
    ///
    /// - Parameters:
    ///   - request: What to fetch.
    ///   - read: Gets the head of the answer, whatever its status, and the body; it need not read the body to its end.
    /// - Returns: What `read` returns.
    /// - Throws: ``HTTPError`` when no answer comes, and what `read` throws. The client stays usable after both.
    package func get<Result: Sendable>(
        _ request: HTTPRequest, read: (HTTPResponseHead, HTTPBody) async throws -> Result
    ) async throws -> Result {
        let (head, transfer) = try await open(request)
        defer { transfer.end() }
        return try await read(head, HTTPBody(transfer: transfer))
    }
}
