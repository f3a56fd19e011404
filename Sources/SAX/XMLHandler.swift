/// What a document's parts are given to, in document order.
///
/// An error thrown by any of these ends the parse and comes out of ``XMLPushParser/feed(_:)`` or
/// ``XMLPushParser/finish()``.
package protocol XMLHandler: AnyObject {
    /// An element begins.
    ///
    /// - Parameters:
    ///   - name: Its name's id.
    ///   - attributes: Its attributes, readable until this returns; afterwards the object reads as empty.
    /// - Throws: What ends the parse.
    func startElement(name: XMLName, attributes: XMLAttributes) throws

    /// An element ends; also called for empty elements.
    func endElement(name: XMLName) throws

    /// A piece of text in UTF-8, entities resolved; one run of text may come in several pieces.
    ///
    /// A piece never ends inside a character.
    func characters(_ utf8: Span<UInt8>) throws
}
