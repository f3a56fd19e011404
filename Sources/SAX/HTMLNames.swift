import CLibXML2

/// The element names that are told apart, as libxml2 keeps them: each name once, so that comparing is one of addresses.
struct HTMLNames {
    typealias Name = UnsafePointer<xmlChar>

    let table, row, cell, headerCell, lineBreak: Name
    /// What rows may stand directly in.
    private let rowParents: [Name]
    /// Elements whose edges break a line inside of a cell.
    private let paragraphs: [Name]
    /// Elements whose edges end a run of text outside of cells, but for those above.
    private let blocks: [Name]

    /// Finds the names in a parser's dictionary; nil without memory.
    init?(context: htmlParserCtxtPtr) {
        func intern(_ name: String) -> Name? { xmlDictLookup(context.pointee.dict, name, -1) }
        let paragraphs = ["p", "div", "li"].compactMap(intern)
        let blocks = [
            "html", "head", "title", "body", "h1", "h2", "h3", "h4", "h5", "h6", "form", "center", "caption", "dt",
            "dd", "ul", "ol", "pre", "hr", "header", "footer", "section", "main", "nav",
        ].compactMap(intern)
        let rowParents = ["table", "thead", "tbody", "tfoot"].compactMap(intern)
        guard let table = intern("table"), rowParents.count == 4, let row = intern("tr"), let cell = intern("td"),
            let headerCell = intern("th"), let lineBreak = intern("br"), paragraphs.count == 3, blocks.count == 24
        else { return nil }
        self.table = table
        self.row = row
        self.cell = cell
        self.headerCell = headerCell
        self.lineBreak = lineBreak
        self.rowParents = rowParents
        self.paragraphs = paragraphs
        self.blocks = blocks
    }

    /// Whether rows may stand directly in an element.
    func holdsRows(_ name: Name) -> Bool { rowParents.contains(name) }

    /// Whether an element's edges break a line.
    func breaksLine(_ name: Name) -> Bool { paragraphs.contains(name) }

    /// Whether an element's edges end a run of text.
    func endsRun(_ name: Name) -> Bool { paragraphs.contains(name) || blocks.contains(name) }
}
