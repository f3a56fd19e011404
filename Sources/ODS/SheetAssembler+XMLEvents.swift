import SAX

extension SheetAssembler {
    /// Takes a batch of libxml2's events.
    ///
    /// - Parameters:
    ///   - events: The events.
    ///   - bytes: The bytes in which their texts stand.
    /// - Throws: What the handler throws.
    mutating func take(_ events: Span<XMLEvent>, bytes: Span<UInt8>) throws {
        var index = 0
        while index < events.count {
            let event = events[index]
            index += 1
            switch event.kind {
            case .start:
                let element = ODFName(event.name)
                let attributes = Self.attributes(events, at: &index, bytes)
                if element == .tableCell, takesCells, let text = Self.plainCellText(events, at: index) {
                    try plainCell(attributes, values: bytes, text: bytes.extracting(text))
                    index += Self.plainCellEvents
                } else {
                    try startElement(element, attributes, values: bytes)
                }
            case .end: try endElement()
            case .text: characters(bytes.extracting(event.range))
            case .attribute: break  // all of them stand behind a start
            }
        }
    }

    /// The attributes from `index` on, which is moved behind them.
    private static func attributes(
        _ events: Span<XMLEvent>, at index: inout Int, _ bytes: Span<UInt8>
    ) -> ElementAttributes {
        // An enum of another module is compared by a call where `==` is written, and in place by a pattern.
        guard index < events.count, case .attribute = events[index].kind else { return ElementAttributes() }
        var found = ElementAttributesBuilder()
        while index < events.count, case .attribute = events[index].kind {
            let range = events[index].range
            if let attribute = ODFName(events[index].name) {
                found.add(attribute, bytes.extracting(range), at: .init(range))
            }
            index += 1
        }
        return found.built
    }

    /// A paragraph's start, its text and end, and the cell's end.
    private static var plainCellEvents: Int { 4 }

    /// Where the text of a cell stands that has one plain paragraph and nothing else.
    ///
    /// - Parameters:
    ///   - events: The batch.
    ///   - index: The place behind the cell's start and attributes.
    /// - Returns: Nil for every other cell, and for one that the batch cuts; such a cell is read event by event.
    private static func plainCellText(_ events: Span<XMLEvent>, at index: Int) -> Range<Int>? {
        guard index + plainCellEvents <= events.count, case .start = events[index].kind,
            events[index].name.id == ODFName.paragraph.rawValue, case .text = events[index + 1].kind,
            case .end = events[index + 2].kind, case .end = events[index + 3].kind
        else { return nil }
        return events[index + 1].range
    }
}
