extension Sequence {
    /// Does something with every element, one after the other, whatever comes of the others: one queue whose keys are broken
    /// must not keep the rest from being served.
    ///
    /// - Parameter body: What is done.
    /// - Throws: The first error, once all elements had their turn; a cancellation ends it at once.
    func forEachDespiteErrors(_ body: (Element) async throws -> Void) async throws {
        var failure: (any Error)?
        for element in self {
            do { try await body(element) } catch {
                try Task.checkCancellation()
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
