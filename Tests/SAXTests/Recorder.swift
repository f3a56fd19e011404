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
    private(set) var textBytes = 0

    func take(_ events: Span<XMLEvent>, bytes: Span<UInt8>) throws {
        var index = 0
        while index < events.count {
            let event = events[index]
            index += 1
            switch event.kind {
            case .start:
                flush()
                var values: [Int: String] = [:]
                while index < events.count, events[index].kind == .attribute {
                    let value = events[index].range.map { bytes[$0] }
                    values[events[index].name.id] = String(decoding: value, as: UTF8.self)
                    index += 1
                }
                let written = values.filter { (3...4).contains($0.key) }.sorted { $0.key < $1.key }
                self.events.append(written.reduce("<\(event.name.id)") { "\($0) \($1.key)=\($1.value)" })
            case .attribute: self.events.append("an attribute without an element")
            case .end:
                flush()
                self.events.append(">\(event.name.id)")
                if let failure, failure.id == event.name.id { throw failure.error }
            case .text:
                textBytes += event.range.count
                if text.count < 100_000 { text.append(bytes.extracting(event.range)) }
            }
        }
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
