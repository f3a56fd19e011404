import CLibXML2

/// The library as a whole.
enum LibXML2 {
    private static let isReady: Void = xmlInitParser()

    /// Makes libxml2's globals, once and on one thread, before the first context.
    static func start() { isReady }
}
