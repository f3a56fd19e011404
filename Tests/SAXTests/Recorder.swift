import SAX

/// Writes down what a parser reports, one line an event; neighbouring runs of text are one line.
final class Recorder: XMLHandler {
    /// The names the tests tell apart, by id.
    static let names = XMLNameTable([
        .init("urn:x", "a"), .init("urn:x", "b"), .init(nil, "a"), .init(nil, "value"), .init("urn:y", "value"),
    ])

    private(set) var events: [String] = []
    private var text: [UInt8] = []
    /// What to throw at the end of the element with that id.
    var failure: (id: Int, error: any Error)?
    /// The attributes object of the last start tag.
    private(set) var lastAttributes: XMLAttributes?
    private(set) var textBytes = 0

    func startElement(name: XMLName, attributes: XMLAttributes) throws {
        flush()
        var event = "<\(name.id)"
        for id in 3...4 {
            if let value = attributes[id] { event += " \(id)=\(value)" }
        }
        events.append(event)
        lastAttributes = attributes
    }

    func endElement(name: XMLName) throws {
        flush()
        events.append(">\(name.id)")
        if let failure, failure.id == name.id { throw failure.error }
    }

    func characters(_ utf8: Span<UInt8>) throws {
        textBytes += utf8.count
        guard text.count < 100_000 else { return }
        text.append(utf8)
    }

    private func flush() {
        guard !text.isEmpty else { return }
        events.append(String(decoding: text, as: UTF8.self))
        text = []
    }
}

/// Parses a document given in pieces and returns its events.
func events(_ pieces: [[UInt8]], limits: XMLLimits = XMLLimits()) throws -> [String] {
    let recorder = Recorder()
    let parser = try XMLPushParser(handler: recorder, names: Recorder.names, limits: limits)
    for piece in pieces { try parser.feed(piece) }
    try parser.finish()
    return recorder.events
}

/// Parses a whole document and returns its events.
func events(_ document: String, limits: XMLLimits = XMLLimits()) throws -> [String] {
    try events([Array(document.utf8)], limits: limits)
}
