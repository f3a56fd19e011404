import CLibXML2

/// What libxml2's HTML events come to: the table that is open, its row and cell.
///
/// It stands in memory of its own, whose address is what the callbacks get: a class would be checked for overlapping access
/// at every event, and a page has one for every tag and every text.
struct HTMLTableScan {
    /// A table that is open, with its open row.
    private struct OpenTable {
        var id: Int
        var row = HTMLTableRow(number: 0)
        var isInRow = false
        var isInCell = false
    }

    private static let maxRunBytes = 1_024

    private let handler: any HTMLTableHandler
    private let limits: HTMLLimits
    private let names: HTMLNames
    private let context: htmlParserCtxtPtr
    /// The tables round the innermost one, outermost first.
    private var outer: [OpenTable] = []
    private var innermost = OpenTable(id: 0)
    private var tables = 0
    /// Text since the last block edge outside of cells.
    private var run: [UInt8] = []
    private var regular = HTMLRegularRow()
    /// Why the parse was stopped.
    private(set) var failure: HTMLError?
    /// Whether the page is over, so that what libxml2 closes now was not closed by the page.
    var isAtEnd = false

    init(handler: any HTMLTableHandler, limits: HTMLLimits, names: HTMLNames, context: htmlParserCtxtPtr) {
        self.handler = handler
        self.limits = limits
        self.names = names
        self.context = context
    }

    /// Whether a table has begun and not ended.
    var isInTable: Bool { innermost.id > 0 }

    // MARK: - Events

    mutating func start(_ name: HTMLNames.Name, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
        guard failure == nil, !isAtEnd else { return }
        if name == names.cell || name == names.headerCell {
            if innermost.isInRow { beginCell(isHeader: name == names.headerCell, attributes) } else { endRun() }
        } else if name == names.row {
            endRun()
            if isInTable { beginRow(attributes) }
        } else if name == names.table {
            endRun()
            beginTable()
        } else {
            edge(of: name)
        }
        if context.pointee.nameNr > limits.openElements { stop("more than \(limits.openElements) elements are open") }
    }

    mutating func end(_ name: HTMLNames.Name) {
        guard failure == nil, !isAtEnd else { return }
        if name == names.cell || name == names.headerCell {
            endCell()
        } else if name == names.row {
            endRow()
        } else if name == names.table {
            endTable()
        } else if name != names.lineBreak {
            edge(of: name)
        }
    }

    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        if innermost.isInCell {
            guard !isAtEnd else { return }
            appendToCell(bytes)
        } else if !innermost.isInRow, run.count < Self.maxRunBytes {
            run.append(contentsOf: bytes.prefix(Self.maxRunBytes - run.count))
        }
    }

    /// Hands over the text since the last block edge.
    mutating func endRun() {
        guard !run.isEmpty else { return }
        handler.text(run.span)
        run.removeAll(keepingCapacity: true)
    }

    /// Reads the regular rows that begin at `start` where libxml2 stands directly in a table, and returns where they end.
    ///
    /// libxml2 would tell the same of them and then stand where it stands now.
    mutating func takeRegularRows(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard isInTable, !innermost.isInRow, let parent = context.pointee.name, names.holdsRows(parent) else {
            return start
        }
        var place = start
        while failure == nil, let end = regular.read(bytes, from: place) {
            endRun()
            beginRow(nil)
            for cell in regular.cells {
                beginCell(isHeader: false, nil)
                if innermost.isInCell, !cell.isEmpty { appendToCell(UnsafeBufferPointer(rebasing: bytes[cell])) }
                endCell()
            }
            endRow()
            place = end
        }
        return place
    }

    // MARK: - Tables, rows and cells

    private mutating func beginTable() {
        guard outer.count < limits.tableDepth else {
            return stop("tables are nested more than \(limits.tableDepth) deep")
        }
        outer.append(innermost)
        tables += 1
        innermost = OpenTable(id: tables)
    }

    private mutating func endTable() {
        guard isInTable, let next = outer.popLast() else { return }
        endRow()
        endRun()
        let id = innermost.id
        innermost = next
        do { try handler.tableEnded(id) } catch { fail(error) }
    }

    private mutating func beginRow(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
        endRow()
        innermost.row.reset(number: innermost.row.number + 1)
        innermost.isInRow = true
        HTMLAttributes.forEach(attributes) { name, value in
            guard name.starts(with: "data-".utf8), innermost.row.attributes.count < limits.rowAttributes else { return }
            let kept = value.prefix(limits.cellBytes)
            if kept.count < value.count { innermost.row.isCut = true }
            innermost.row.attributes.append(.init(name: String(decoding: name, as: UTF8.self), value: Array(kept)))
        }
    }

    private mutating func endRow() {
        guard innermost.isInRow else { return }
        endCell()
        innermost.isInRow = false
        do { try handler.row(innermost.row, of: innermost.id) } catch { fail(error) }
    }

    private mutating func beginCell(isHeader: Bool, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
        endCell()
        guard innermost.row.cells.count < limits.columns else { return }
        let end = innermost.row.bytes.count
        var cell = HTMLTableRow.Cell(text: end..<end, isHeader: isHeader)
        HTMLAttributes.forEach(attributes) { name, value in
            if name.elementsEqual("colspan".utf8) { cell.columnSpan = HTMLAttributes.span(value, upTo: 1_000) }
            if name.elementsEqual("rowspan".utf8) { cell.rowSpan = HTMLAttributes.span(value, upTo: 65_534) }
        }
        innermost.row.cells.append(cell)
        innermost.isInCell = true
    }

    private mutating func endCell() {
        guard innermost.isInCell else { return }
        innermost.isInCell = false
        let last = innermost.row.cells.count - 1
        innermost.row.cells[last].text = innermost.row.cells[last].text.lowerBound..<innermost.row.bytes.count
    }

    private mutating func appendToCell(_ bytes: UnsafeBufferPointer<UInt8>) {
        let start = innermost.row.bytes.count
        let cellStart = innermost.row.cells[innermost.row.cells.count - 1].text.lowerBound
        let room = min(limits.cellBytes - (start - cellStart), limits.rowBytes - start)
        guard bytes.count <= room else {
            innermost.row.isCut = true
            return
        }
        innermost.row.bytes.append(contentsOf: bytes)
        for index in start..<innermost.row.bytes.count where innermost.row.bytes[index] < UInt8(ascii: " ") {
            innermost.row.bytes[index] = UInt8(ascii: " ")
        }
    }

    /// An element that is no part of a table begins or ends.
    private mutating func edge(of name: HTMLNames.Name) {
        if innermost.isInCell {
            guard name == names.lineBreak || names.breaksLine(name), innermost.row.bytes.count < limits.rowBytes else {
                return
            }
            innermost.row.bytes.append(HTMLTableRow.lineBreak)
        } else if name == names.lineBreak || names.endsRun(name) {
            endRun()
        }
    }

    // MARK: - Failures

    private mutating func stop(_ reason: String) { fail(HTMLError(reason)) }

    /// Keeps an error, which cannot cross libxml2's frames.
    private mutating func fail(_ error: HTMLError) {
        guard failure == nil else { return }
        failure = error
        xmlStopParser(context)
    }
}
