import CLibXML2

/// The library as a whole.
package enum LibXML2 {
    private static let isReady: Void = xmlInitParser()

    /// Makes libxml2's globals, once and on one thread, before the first context.
    static func start() { isReady }

    /// What every XML document is parsed with (`xmlParserOption`).
    ///
    /// `XML_PARSE_NOENT` is never among them: with it libxml2 opens the files that entities name, even without a tree.
    /// `XML_PARSE_HUGE` neither: it lifts libxml2's own bounds; only text may be huge, and text is never gathered here.
    /// `XML_PARSE_IGNORE_ENC` leaves UTF-8, and UTF-16 by its mark: a declared encoding would bring in iconv, which reads a
    /// document otherwise when it is cut otherwise, and no spreadsheet program writes another.
    package static let documentOptions = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue)
}
