import ODS
import ScheduleModel

/// What is measured.
enum Work: String {
    /// The reader as it is; rows and cells are counted.
    case read
    /// The same without the fast path.
    case libxml2
    /// The reader as it is; the value of each cell is made, with its texts.
    case values
    /// Reading and validating a dated list; rows are the accepted ones, cells those with a message.
    case check
    /// The same, and encoding it for the one write; cells are the bytes that it would send.
    case write

    func run(_ bytes: [UInt8]) throws -> (rows: Int, cells: Int) {
        switch self {
        case .read, .libxml2, .values:
            var counter = Counter(makesValues: self == .values)
            try ODSReader(usesLibXML2Only: self == .libxml2).read(bytes, handler: &counter)
            return (counter.rows, counter.cells)
        case .check:
            let draft = try ImportWork().draft(of: bytes)
            return (draft.shifts.count, draft.report.messages.count)
        case .write:
            let work = try ImportWork()
            let draft = try work.draft(of: bytes)
            return (draft.shifts.count, try work.encodedBytes(of: draft))
        }
    }
}

/// Counts what it is given.
struct Counter: ODSHandler {
    let makesValues: Bool
    private(set) var rows = 0
    private(set) var cells = 0
    /// Texts that are not empty, so that making them is not left out.
    private(set) var texts = 0

    init(makesValues: Bool) { self.makesValues = makesValues }

    mutating func sheetBegan(name: String, index: Int) throws {}

    mutating func row(_ row: ODSRow) throws {
        rows += 1
        cells += row.cells.count
        guard makesValues else { return }
        for cell in row.cells {
            switch cell.value {
            case .text(let text), .date(let text), .time(_, let text), .number(_, let text, _):
                texts += text.isEmpty ? 0 : 1
            case .boolean: texts += 1
            }
        }
    }

    mutating func sheetEnded() throws {}

    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {}

    mutating func progress(bytesRead: Int, of total: Int) throws {}
}
