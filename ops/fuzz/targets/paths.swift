// modules: Zip SAX ODS
import ODS

/// Any bytes as the XML of a workbook: the reader's fast path and libxml2 alone tell the same and fail the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPaths(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let fast = read(bytes, usesLibXML2Only: false)
    let slow = read(bytes, usesLibXML2Only: true)
    precondition(fast.events == slow.events, "the paths tell different things:\n\(fast.events)\n\(slow.events)")
    precondition(fast.error == slow.error, "the paths fail differently: \(fast.error ?? "-") and \(slow.error ?? "-")")
    return 0
}

/// Small limits, so that what lies beyond each is reached.
private let limits: ODSLimits = {
    var limits = ODSLimits()
    limits.rows = 500
    limits.columns = 20
    limits.sheets = 3
    limits.cellTextBytes = 40
    limits.elementDepth = 12
    limits.attributes = 8
    limits.startTagBytes = 2_048
    return limits
}()

private func read(_ bytes: [UInt8], usesLibXML2Only: Bool) -> (events: [String], error: String?) {
    var recorder = Recorder()
    do {
        try ODSReader(limits: limits, usesLibXML2Only: usesLibXML2Only).read(bytes, handler: &recorder)
        return (recorder.events, nil)
    } catch {
        return (recorder.events, "\(error)")
    }
}

/// Writes down what a reader tells, but for its progress.
private struct Recorder: ODSHandler {
    private(set) var events: [String] = []

    mutating func sheetBegan(name: String, index: Int) throws { events.append("sheet \(index) \(name)") }

    mutating func row(_ row: ODSRow) throws {
        events.append("row \(row.number): " + row.cells.map { "\($0.column)=\($0.value)" }.joined(separator: " "))
    }

    mutating func sheetEnded() throws { events.append("end") }

    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {
        events.append("limit \(limit) \(sheet) \(row ?? 0) \(column ?? 0)")
    }

    mutating func progress(bytesRead: Int, of total: Int) throws {}
}
