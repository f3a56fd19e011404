/// What a document's parts are given to, in document order.
package protocol XMLHandler: AnyObject {
    /// Takes what the piece of the document that was parsed last reports.
    ///
    /// Events come in batches and not one by one, because a call into another module for each of the many million events of a
    /// large document costs more than what is done with it.
    ///
    /// - Parameters:
    ///   - events: The events; never empty.
    ///   - bytes: What their places refer to.
    /// - Throws: What ends the parse; it comes out of ``XMLPushParser/feed(_:)`` or ``XMLPushParser/finish()``. Events
    ///   behind the one that it throws at are lost.
    func take(_ events: Span<XMLEvent>, bytes: Span<UInt8>) throws
}
