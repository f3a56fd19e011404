import Foundation
import ODS
import Testing

private let small = Sample.sheet(
    "<table:table-row>\(Sample.cell("é &amp; b"))<table:table-cell office:value-type=\"float\" office:value=\"2\"/></table:table-row>"
)

/// The value of `details.reason` an archive is refused with.
private func reason(_ change: (inout ZipWriter) -> Void) throws -> String? {
    var writer = ZipWriter(members: [.init("content.xml", Array(small.utf8))])
    change(&writer)
    let error = try refusal(writer.bytes)
    #expect(error == nil || error?.code == "FILE_READ_ERROR")
    return error?.details?["reason"]
}

@Suite struct `FILE_READ_ERROR` {
    @Test func `says in details reason what kind of archive was refused`() throws {
        #expect(try reason { _ in } == nil)
        #expect(try reason { $0.members[0].flags = 1 } == "encrypted")
        #expect(try reason { $0.members[0].claimedSize = 0xFFFF_FFFF } == "zip64")
        #expect(try reason { $0.disk = 1 } == "multi_disk")
        #expect(try reason { $0.members[0].method = 12 } == "compression_method")
        #expect(try reason { $0.members[0].claimedChecksum = 1 } == "damaged_archive")
        #expect(try reason { $0.members.append($0.members[0]) } == "duplicate_member_name")
        for name in ["../x", "/x", "a\\b", "C:/x", "a/../b"] {
            #expect(try reason { $0.members.append(.init(name, [])) } == "unsafe_member_name", "\(name)")
        }
    }

    @Test func `other files are told apart from damaged archives`() throws {
        #expect(try refusal("a,b,c")?.details == ["reason": "other_file_type"])
        #expect(try refusal("")?.details == ["reason": "other_file_type"])
        #expect(try refusal("PK and more")?.details == ["reason": "damaged_archive"])
        #expect(try refusal(Sample.archive(small) + [0])?.details == ["reason": "damaged_archive"])
        #expect(try refusal([0] + Sample.archive(small))?.details == ["reason": "other_file_type"])
    }

    @Test func `says what to do for each reason`() {
        let advice = ODSReadFailure.allCases.map { ODSError.unreadable($0, reason: "x").reason }
        #expect(advice.allSatisfy { $0.hasPrefix("x; ") && $0.contains(" again") || $0.contains(".ods") })
    }
}

@Suite struct `Places of errors` {
    @Test func `bad XML names its line, sheet, row and column`() throws {
        let xml = "<table:table-row/>\n<table:table-row><table:table-cell/><table:table-cell><bad></table:table-cell>"
        let error = try refusal(Sample.sheet(xml))
        #expect(error?.code == "XML_READ_ERROR" && error?.position == ODSPosition(sheet: "S", row: 2, column: 2))
        #expect(error?.details == ["line": "2", "sheet": "S", "row": "2", "column": "2"])
        #expect(try refusal("<a></b>")?.details == ["line": "1"])
    }

    @Test func `processor time of exactly the limit is allowed and a nanosecond more is refused where it was noticed`()
        throws
    {
        func error(after elapsed: Duration) throws -> ODSError? {
            let clock = SteppingClock(second: elapsed)
            var collector = Collector()
            do {
                try ODSReader(cpuClock: { clock.next() }).read(Sample.archive(small), handler: &collector)
                return nil
            } catch let error as ODSError {
                return error
            }
        }
        #expect(try error(after: .seconds(30)) == nil)
        #expect(try error(after: .seconds(30) + .nanoseconds(1))?.code == "PARSE_FAILED")
    }
}

/// A clock that starts at zero and shows one other time ever after.
private final class SteppingClock: @unchecked Sendable {
    // @unchecked: one read uses it, on one thread.
    private let second: Duration
    private var isStarted = false

    init(second: Duration) { self.second = second }

    func next() -> Duration {
        defer { isStarted = true }
        return isStarted ? second : .zero
    }
}

@Suite struct `Documents that are no workbook` {
    @Test func `a document without a spreadsheet is INVALID_FILE_TYPE whatever its mimetype says`() throws {
        let text = small.replacingOccurrences(of: "office:spreadsheet", with: "office:text")
        #expect(try refusal(Sample.archive(text)) == .notSpreadsheet)
        #expect(try refusal(text)?.code == "INVALID_FILE_TYPE")
        #expect(try refusal("<html/>")?.code == "INVALID_FILE_TYPE")
    }

    @Test(arguments: ["application/vnd.oasis.opendocument.text", "", "\0\u{1}"])
    func `a wrong mimetype does not matter when there is a spreadsheet`(type: String) throws {
        let writer = ZipWriter(members: [
            .init("content.xml", Array(small.utf8)), .init("mimetype", Array(type.utf8)), .init("a/", []),
        ])
        #expect(try read(writer.bytes).table == ["1: 1=é & b 2=2"])
    }

    @Test func `an archive inside of an archive is not opened`() throws {
        let inner = Sample.archive(small)
        #expect(try refusal(ZipWriter(members: [.init("content.xml", inner)]).bytes)?.code == "XML_READ_ERROR")
        #expect(try refusal(ZipWriter(members: [.init("inner.ods", inner)]).bytes) == .missingContent)
    }
}

@Suite struct `Hostile content` {
    @Test(arguments: ["\0", "\u{1}", "&#0;", "&#xD800;", "&#xDC00;", "\u{FFFE}"])
    func `a character that XML forbids is XML_READ_ERROR`(text: String) throws {
        #expect(
            try refusal(Sample.sheet("<table:table-row>\(Sample.cell(text))</table:table-row>"))?.code
                == "XML_READ_ERROR")
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func `bytes that are no UTF-8 are XML_READ_ERROR`(bytes: [UInt8]) throws {
        let parts = Sample.sheet("<table:table-row>\(Sample.cell("MARK"))</table:table-row>").split(separator: "MARK")
        let document = Array(parts[0].utf8) + bytes + Array(parts[1].utf8)
        #expect(try refusal(document)?.code == "XML_READ_ERROR")
    }

    @Test(arguments: [true, false])
    func `UTF-16 is read, and refused with an unpaired surrogate`(isBig: Bool) throws {
        func encoded(_ units: [UInt16]) -> [UInt8] {
            ([0xFEFF] + units).flatMap { unit in
                let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
                return isBig ? bytes : bytes.reversed()
            }
        }
        let units = Array(small.dropFirst(38).utf16)
        #expect(try read(encoded(units)).table == ["1: 1=é & b 2=2"])
        let broken = units.map { $0 == 0xE9 ? 0xD83D : $0 }
        let error = try refusal(encoded(broken))
        #expect(error?.code == "XML_READ_ERROR")
    }

    @Test func `a start tag that inflates to a gigabyte is refused after its first 100 KB`() throws {
        var member = ZipWriter.Member("content.xml", [])
        member.method = 8
        member.compressed = ZipWriter.deflated(prefix: Array("<a b='".utf8), repeating: 0x78, runs: 20_000)
        member.claimedSize = 1 << 30
        let error = try refusal(ZipWriter(members: [member]).bytes)
        #expect(error?.code == "XML_READ_ERROR" && error?.reason.contains("start tag is longer than 65536") == true)
    }

    @Test func `direction marks and other odd characters are kept as they are`() throws {
        let odd = "\u{202E}gnp.sdo\u{202C}\u{200B}\u{FEFF}"
        let row = "<table:table-row>\(Sample.cell(odd))</table:table-row>"
        #expect(try read(Sample.sheet(row)).rows.first?.cells.first?.value == .text(odd))
    }

    @Test func `white space that inflates to a thousand times is ZIP_BOMB beyond 16 MiB and read up to there`() throws {
        #expect(try refusal(fixtureBytes("ratio-bomb.ods"))?.code == "ZIP_BOMB")
        #expect(try refusal(fixtureBytes("ratio-allowed.ods")) == nil)
    }
}

@Suite struct `Damaged files` {
    private static let codes: Set<String?> = [
        nil, "FILE_READ_ERROR", "MISSING_CONTENT_XML", "XML_READ_ERROR", "INVALID_FILE_TYPE", "ZIP_BOMB",
    ]

    @Test func `a flipped bit in an archive is refused or changes nothing`() throws {
        let whole = Sample.archive(small)
        let expected = try read(whole).events
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            let code = try refusal(bytes)?.code
            #expect(Self.codes.contains(code), "bit \(bit): \(code ?? "")")
            if code == nil { #expect(try read(bytes).events == expected, "bit \(bit)") }
        }
    }

    @Test func `a flipped bit in flat XML gives rows or a clear code`() throws {
        let whole = Array(small.utf8)
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(Self.codes.contains(try refusal(bytes)?.code), "bit \(bit)")
        }
    }

    @Test func `a deflated workbook cut at any byte is a damaged archive`() throws {
        let whole = try fixtureBytes("libreoffice/google-sheets.ods")
        for length in 2..<whole.count {
            #expect(
                try refusal(Array(whole.prefix(length)))?.details?["reason"] == "damaged_archive", "cut at \(length)")
        }
    }
}
