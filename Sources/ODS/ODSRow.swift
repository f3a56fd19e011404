import SAX

/// One row with at least one filled cell.
package struct ODSRow: Sendable, Equatable {
    /// The physical row, counted from 1.
    package let number: Int
    /// The filled cells by rising column.
    package let cells: ODSCells

    init(number: Int, cells: ODSCells) {
        self.number = number
        self.cells = cells
    }

    /// Makes a row of cells, as tests want it.
    package init(number: Int, cells: [ODSCell]) {
        self.init(number: number, cells: ODSCells(cells))
    }
}

/// The filled cells of a row.
///
/// A cell is made when it is asked for, and its texts with it: most readers look at some columns of a row, and making every
/// text would take longer than reading the file.
package struct ODSCells: Sendable, RandomAccessCollection {
    /// A cell as places in the row's bytes; it holds no reference.
    package struct Slice: Sendable {
        /// The physical column, counted from 1.
        package var column: Int
        /// Never `none`: a cell without a type is a `string`.
        package let type: ValueType
        /// Of a number its value, of a boolean 0 or 1.
        package let number: Double
        /// The text that is shown; of a `string` with a value of its own, that.
        package let text: Range<Int32>
        /// The value as written; empty where there is none.
        package let raw: Range<Int32>
    }

    /// The UTF-8 of the row's texts and values, for readers that make no texts; valid until the next row, or copied when kept.
    package let bytes: [UInt8]
    /// The cells by rising column.
    package let slices: [Slice]

    init(bytes: [UInt8], slices: [Slice]) {
        self.bytes = bytes
        self.slices = slices
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { slices.count }

    /// The cell at a place, counted from 0; its texts are made each time.
    package subscript(position: Int) -> ODSCell {
        ODSCell(column: slices[position].column, value: value(slices[position]))
    }

    /// Goes through the cells; their texts are made one cell at a time.
    package struct Iterator: IteratorProtocol {
        private let cells: ODSCells
        private var position = 0

        init(_ cells: ODSCells) { self.cells = cells }

        package mutating func next() -> ODSCell? {
            guard position < cells.count else { return nil }
            position += 1
            return cells[position - 1]
        }
    }

    // The one of all collections would ask through the protocol, three calls a cell, in every other module.
    package func makeIterator() -> Iterator { Iterator(self) }

    /// The cell of a column, counted from 1; `nil` for an empty one.
    ///
    /// Only that cell's texts are made.
    package func cell(inColumn column: Int) -> ODSCell? {
        place(ofColumn: column).map { self[$0] }
    }

    /// The place in ``slices`` of the cell of a column, counted from 1; `nil` for an empty one.
    package func place(ofColumn column: Int) -> Int? {
        // In a row without gaps a cell stands where its column says.
        if slices.indices.contains(column - 1), slices[column - 1].column == column { return column - 1 }
        return slices.firstIndex { $0.column == column }
    }

    private func value(_ slice: Slice) -> ODSValue {
        switch slice.type {
        case .none, .string: return .text(string(slice.text))
        case .number: return .number(slice.number, shown: string(slice.text), raw: string(slice.raw))
        case .date: return .date(string(slice.raw))
        case .time:
            let raw = string(slice.raw)
            return .time(seconds: ISODuration.seconds(raw), raw: raw)
        case .boolean: return .boolean(slice.number != 0)
        }
    }

    private func string(_ range: Range<Int32>) -> String {
        String(utf8: bytes.span.extracting(Int(range.lowerBound)..<Int(range.upperBound)))
    }
}

extension ODSCells: Equatable {
    package static func == (left: ODSCells, right: ODSCells) -> Bool { left.elementsEqual(right) }
}

extension ODSCells {
    /// Takes made cells apart.
    init(_ cells: [ODSCell]) {
        var bytes: [UInt8] = []
        func add(_ text: String) -> Range<Int32> {
            let start = Int32(bytes.count)
            bytes += text.utf8
            return start..<Int32(bytes.count)
        }
        let slices = cells.map { cell in
            switch cell.value {
            case .text(let text): Slice(column: cell.column, type: .string, number: 0, text: add(text), raw: 0..<0)
            case .number(let number, let shown, let raw):
                Slice(column: cell.column, type: .number, number: number, text: add(shown), raw: add(raw))
            case .date(let raw): Slice(column: cell.column, type: .date, number: 0, text: 0..<0, raw: add(raw))
            case .time(_, let raw): Slice(column: cell.column, type: .time, number: 0, text: 0..<0, raw: add(raw))
            case .boolean(let value):
                Slice(column: cell.column, type: .boolean, number: value ? 1 : 0, text: 0..<0, raw: 0..<0)
            }
        }
        self.init(bytes: bytes, slices: slices)
    }
}
