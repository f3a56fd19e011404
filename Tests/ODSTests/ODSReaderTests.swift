import Foundation
import ODS
import Testing
import Zip

private let small = Sample.sheet(
    """
    <table:table-row>\(Sample.cell("é &amp; <text:s/>b"))<table:table-cell office:value-type="float" office:value="2"/>\
    </table:table-row><table:table-row table:number-rows-repeated="2"><table:table-cell/>\(Sample.cell("x"))</table:table-row>
    """)

/// The code a file is refused with; nil when it is read.
private func code(_ bytes: [UInt8], limits: ODSLimits = ODSLimits()) throws -> String? {
    do {
        _ = try read(bytes, limits: limits)
        return nil
    } catch let error as ODSError {
        #expect(!error.reason.isEmpty)
        return error.code
    }
}

@Suite struct `ODS reader` {
    @Test func `an archive and the same content as flat XML give the same`() throws {
        let flat = try read(small)
        #expect(flat.table == ["1: 1=é &  b 2=2", "2: 2=x", "3: 2=x"])
        #expect(try read(Sample.archive(small)).events == flat.events)
        #expect(try read("\u{FEFF}\n" + small.dropFirst(38)).events == flat.events)
    }

    @Test func `a workbook deflated by another program is read`() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try Data(contentsOf: tests.appending(path: "Fixtures/ods/rows.ods"))
        let found = try read(Array(bytes))
        #expect(found.rows.count == 2_000)
        #expect(found.table.last == "2000: 1=row 2000 2=2000 4=Type-C")
    }

    @Test func `progress rises to the total, with at least 64 KiB between two calls`() throws {
        let row = "<table:table-row>\(Sample.cell("some text"))</table:table-row>"
        let found = try read(Sample.archive(Sample.sheet(String(repeating: row, count: 5_000))))
        #expect(found.progress.count > 3 && found.progress.last == found.total)
        let steps = zip(found.progress, found.progress.dropFirst()).dropLast().map { $1 - $0 }
        #expect(steps.allSatisfy { $0 >= 65_536 })
    }

    @Test func `rows come before the whole file is read`() throws {
        struct Stop: Error {}
        let row = "<table:table-row>\(Sample.cell("some text"))</table:table-row>"
        let content = Sample.sheet(String(repeating: row, count: 20_000)).dropLast(10)
        var collector = Collector()
        collector.onRow = { _ in throw Stop() }
        // The document is cut, so its end would be an error of its own.
        #expect(throws: Stop.self) { try ODSReader().read(Array(content.utf8), handler: &collector) }
    }

    @Test func `an error of the handler comes out unchanged and what it was given stays`() throws {
        struct Stop: Error {}
        var collector = Collector()
        collector.onRow = { if $0.number == 2 { throw Stop() } }
        #expect(throws: Stop.self) { try ODSReader().read(Sample.archive(small), handler: &collector) }
        #expect(collector.table == ["1: 1=é &  b 2=2"])
    }

    @Test func `a cancelled task ends the reading`() async throws {
        let reading = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try read(Sample.archive(small)).rows.count
        }
        await #expect(throws: CancellationError.self) { try await reading.value }
    }

    @Test func `cancelling inside a repeated row ends the reading`() async throws {
        let xml = Sample.sheet(
            "<table:table-row table:number-rows-repeated=\"1000000\">\(Sample.cell("x"))</table:table-row>")
        let reading = Task {
            var collector = Collector()
            collector.countsOnly = true
            collector.onRow = { row in if row.number == 10 { withUnsafeCurrentTask { $0?.cancel() } } }
            #expect(throws: CancellationError.self) { try ODSReader().read(Array(xml.utf8), handler: &collector) }
            return collector.rowCount
        }
        #expect(await reading.value <= 2_048)
    }

    @Test func `processor time beyond the limit ends the reading`() throws {
        let clock = CountingClock(step: .seconds(1))
        var collector = Collector()
        collector.countsOnly = true
        let xml = Sample.sheet(
            "<table:table-row table:number-rows-repeated=\"1000000\">\(Sample.cell("x"))</table:table-row>")
        let reader = ODSReader(cpuClock: { clock.next() })
        // Each look at the clock is a second and stands for 1,024 rows, or for one piece of the file.
        #expect(
            throws: ODSError.cpuTimeExceeded(
                limit: .seconds(30), at: ODSPosition(sheet: "S", row: 30_720, column: nil))
        ) {
            try reader.read(Array(xml.utf8), handler: &collector)
        }
        #expect(collector.rowCount > 20_000 && collector.rowCount < 40_000)
    }
}

/// A clock that is a step later at each reading.
private final class CountingClock: @unchecked Sendable {
    // @unchecked: one read uses it, on one thread.
    private let step: Duration
    private var now: Duration = .zero

    init(step: Duration) { self.step = step }

    func next() -> Duration {
        now += step
        return now
    }
}

@Suite struct `Refused workbooks` {
    @Test func `an archive cut at any byte is FILE_READ_ERROR`() throws {
        let whole = Sample.archive(small)
        for length in 0..<whole.count {
            #expect(try code(Array(whole.prefix(length))) == "FILE_READ_ERROR", "cut at \(length)")
        }
    }

    @Test func `flat XML cut at any byte is a typed error`() throws {
        let whole = Array(small.utf8)
        for length in 1..<whole.count {
            #expect(try code(Array(whole.prefix(length))) == "XML_READ_ERROR", "cut at \(length)")
        }
        #expect(try code([]) == "FILE_READ_ERROR")
    }

    @Test func `an archive without content xml is MISSING_CONTENT_XML`() throws {
        #expect(try code(ZipWriter(members: [.init("Content.xml", [])]).bytes) == "MISSING_CONTENT_XML")
    }

    @Test(arguments: ["a,b,c\n1,2,3", "\u{D0}\u{CF}", "PK", "%PDF-1.7"])
    func `another kind of file is FILE_READ_ERROR`(text: String) throws {
        #expect(try code(Array(text.utf8)) == "FILE_READ_ERROR")
    }

    @Test func `bad XML in an archive is XML_READ_ERROR`() throws {
        #expect(try code(Sample.archive("<a><b></a>")) == "XML_READ_ERROR")
        #expect(try code(Sample.archive("")) == "XML_READ_ERROR")
        let deep = String(repeating: "<a>", count: 65) + String(repeating: "</a>", count: 65)
        #expect(try code(Sample.archive(deep)) == "XML_READ_ERROR")
    }

    @Test(arguments: [
        "<!DOCTYPE x><x/>", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><x>&e;</x>",
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><x>&b;</x>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/hostname'>%p;]><x/>",
    ])
    func `a document type is XXE_ATTACK, in an archive and flat`(xml: String) throws {
        #expect(try code(Sample.archive(xml)) == "XXE_ATTACK")
        #expect(try code(Array(xml.utf8)) == "XXE_ATTACK")
    }

    @Test func `an encrypted member, a bad name or a second content xml is FILE_READ_ERROR`() throws {
        let content = ZipWriter.Member("content.xml", Array(small.utf8))
        var encrypted = content
        encrypted.flags = 1
        #expect(try code(ZipWriter(members: [encrypted]).bytes) == "FILE_READ_ERROR")
        #expect(try code(ZipWriter(members: [content, .init("../x", [])]).bytes) == "FILE_READ_ERROR")
        #expect(try code(ZipWriter(members: [content, content]).bytes) == "FILE_READ_ERROR")
    }

    @Test func `more content than the size limit is ZIP_BOMB`() throws {
        var limits = ODSLimits()
        limits.inflatedBytes = small.utf8.count - 1
        #expect(try code(Sample.archive(small), limits: limits) == "ZIP_BOMB")
        limits.inflatedBytes = small.utf8.count
        #expect(try code(Sample.archive(small), limits: limits) == nil)
    }

    @Test func `a ratio beyond the limit is ZIP_BOMB`() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = Array(try Data(contentsOf: tests.appending(path: "Fixtures/ods/rows.ods")))
        var limits = ODSLimits()
        limits.inflateRatio = 10
        limits.ratioFreeBytes = 100_000
        #expect(try code(bytes, limits: limits) == "ZIP_BOMB")
        limits.ratioFreeBytes = 16 << 20
        #expect(try code(bytes, limits: limits) == nil)
    }

    @Test func `a file is as large as the limit and no larger`() throws {
        var limits = ODSLimits()
        limits.fileBytes = small.utf8.count
        #expect(try code(Array(small.utf8), limits: limits) == nil)
        limits.fileBytes -= 1
        #expect(try code(Array(small.utf8), limits: limits) == "FILE_TOO_LARGE")
    }
}
