// modules: Zip SAX ODS
import ODS
import SAX

/// Any bytes as the XML of a workbook: the rows keep the reader's promises or the document is refused with an `ODSError`,
/// and the parser reports the same however the document is cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzContent(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    readWorkbook(bytes)
    compareCuts(bytes, pieceBytes: 1 + count / 7)
    return 0
}

/// The limits of the run: small, so that what lies beyond each is reached.
private let limits: ODSLimits = {
    var limits = ODSLimits()
    limits.rows = 500
    limits.columns = 20
    limits.sheets = 3
    limits.cellTextBytes = 40
    limits.startTagBytes = 2_048
    return limits
}()

private func readWorkbook(_ bytes: [UInt8]) {
    var witness = Witness()
    do {
        try ODSReader(limits: limits).read(bytes, handler: &witness)
        precondition(!witness.isInSheet && witness.isDone, "a whole document without an end")
    } catch let error as ODSError {
        precondition(!error.reason.isEmpty && !error.code.isEmpty, "an error without words")
    } catch {
        preconditionFailure("an error of another kind: \(error)")
    }
}

/// Checks what `ODSHandler` promises of the order and size of its calls.
private struct Witness: ODSHandler {
    var isInSheet = false
    var isDone = false
    private var sheets = 0
    private var row = 0
    private var progress = 0

    mutating func sheetBegan(name: String, index: Int) throws {
        precondition(!isInSheet && index == sheets && index < limits.sheets, "sheet \(index) after \(sheets)")
        isInSheet = true
        sheets += 1
        row = 0
    }

    mutating func row(_ row: ODSRow) throws {
        precondition(isInSheet && row.number > self.row && row.number <= limits.rows, "row \(row.number)")
        self.row = row.number
        precondition(!row.cells.isEmpty, "an empty row")
        var column = 0
        for cell in row.cells {
            precondition(cell.column > column && cell.column <= limits.columns, "column \(cell.column)")
            column = cell.column
            if case .text(let text) = cell.value {
                precondition(
                    !text.isEmpty && text.utf8.count <= limits.cellTextBytes, "\(text.utf8.count) bytes of text")
            }
            precondition(cell.value.day?.count ?? 0 <= 10 && cell.text.utf8.count < 1 << 20, "a cell's text")
        }
    }

    mutating func sheetEnded() throws {
        precondition(isInSheet, "an end without a sheet")
        isInSheet = false
    }

    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {
        precondition(limit == .sheets || isInSheet, "a limit outside of a sheet")
    }

    mutating func progress(bytesRead: Int, of total: Int) throws {
        precondition(bytesRead >= progress && bytesRead <= total, "progress \(bytesRead) of \(total)")
        progress = bytesRead
        isDone = bytesRead == total
    }
}

// MARK: - Cuts

/// Parses the document at once and in pieces: both are refused, or both report the same.
private func compareCuts(_ bytes: [UInt8], pieceBytes: Int) {
    let whole = events(bytes, pieceBytes: bytes.count)
    let pieces = events(bytes, pieceBytes: pieceBytes)
    precondition(whole == pieces, "pieces of \(pieceBytes) bytes read otherwise than the whole")
}

/// What is reported of a document, or nil when it is refused.
private func events(_ bytes: [UInt8], pieceBytes: Int) -> [String]? {
    let recorder = Recorder()
    do {
        let parser = try XMLPushParser(
            handler: recorder, names: Recorder.names, limits: XMLLimits(startTagBytes: 2_048))
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            try parser.feed(Array(bytes[start..<min(start + pieceBytes, bytes.count)]))
        }
        try parser.finish()
        recorder.flush()
        return recorder.events
    } catch is XMLError {
        return nil
    } catch {
        preconditionFailure("an error of another kind: \(error)")
    }
}

/// Writes down what a parser reports; neighbouring runs of text are one.
private final class Recorder: XMLHandler {
    static let names = XMLNameTable([
        .init("urn:oasis:names:tc:opendocument:xmlns:table:1.0", "table-cell"), .init(nil, "a"),
        .init("urn:oasis:names:tc:opendocument:xmlns:office:1.0", "value"), .init(nil, "b"),
    ])
    var events: [String] = []
    private var text: [UInt8] = []

    func take(_ batch: Span<XMLEvent>, bytes: Span<UInt8>) throws {
        var follows = false
        for index in batch.indices {
            let event = batch[index]
            switch event.kind {
            case .text: text.append(bytes.extracting(event.range))
            case .start, .end:
                flush()
                events.append("\(event.kind == .start ? "<" : ">")\(event.name.id)")
            case .attribute:
                precondition(follows, "an attribute without an element")
                events.append("\(event.name.id)=\(event.range.map { bytes[$0] })")
            }
            follows = event.kind == .start || event.kind == .attribute
        }
    }

    func flush() {
        guard !text.isEmpty else { return }
        events.append(String(decoding: text, as: UTF8.self))
        text = []
    }
}
