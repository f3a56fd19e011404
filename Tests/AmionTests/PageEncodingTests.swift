import Amion
import Foundation
import ScheduleModel
import Testing

private typealias Page = MonthPageFixture

/// The ladder of domain 5.5: byte order mark, HTTP, meta in the first 1,024 bytes, UTF-8, windows-1252.
@Suite struct PageEncodingTests {
    private func names(_ bytes: [UInt8], charset: String? = nil) throws -> [String] {
        try Page.read(bytes: bytes, charset: charset).rows.map(\.name)
    }

    private func page(_ name: [UInt8], meta: String? = nil, padding: Int = 0) -> [UInt8] {
        let head = "<html><head>" + String(repeating: " ", count: padding) + (meta ?? "") + "</head>"
        let page = Array((head + Page.page(Page.row([6: "@"]))).utf8)
        let parts = page.split(separator: UInt8(ascii: "@"), maxSplits: 1)
        return Array(parts[0]) + name + Array(parts[1])
    }

    @Test func `a byte order mark wins over what HTTP says`() throws {
        #expect(try names([0xEF, 0xBB, 0xBF] + page(Array("Érd".utf8)), charset: "iso-8859-1") == ["Érd"])
        let utf16 = Page.page(Page.row([6: "Érd"])).utf16
        #expect(try names([0xFF, 0xFE] + utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) == ["Érd"])
        #expect(try names([0xFE, 0xFF] + utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) == ["Érd"])
    }

    @Test func `HTTP wins over meta`() throws {
        let bytes = page([0xC9, 0x72, 0x64], meta: #"<meta charset="utf-8">"#)
        #expect(try names(bytes, charset: "ISO-8859-1") == ["Érd"])
    }

    @Test(arguments: [
        #"<meta charset="iso-8859-2">"#, "<META CHARSET=iso-8859-2>",
        #"<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">"#,
    ])
    func `meta counts where HTTP is silent`(meta: String) throws {
        // 0xD5 is Ő in ISO 8859-2 and Õ in ISO 8859-1.
        #expect(try names(page([0xD5, 0x72], meta: meta)) == ["Őr"])
    }

    @Test func `meta after the first 1,024 bytes does not count`() throws {
        let bytes = page([0x93, 0x72], meta: #"<meta charset="iso-8859-2">"#, padding: 1100)
        #expect(try names(bytes) == ["\u{201C}r"])
    }

    @Test func `a silent page is UTF-8 when it can be, else windows-1252`() throws {
        #expect(try names(page(Array("Őr".utf8))) == ["Őr"])
        #expect(try names(page([0x80, 0xC9])) == ["€É"])
    }

    @Test func `a name that is not known says nothing`() throws {
        #expect(try names(page(Array("Őr".utf8), meta: #"<meta charset="klingon">"#), charset: "x-none") == ["Őr"])
        #expect(try names(page([0xD5, 0x72], meta: #"<meta charset="iso-8859-2">"#), charset: "//TRANSLIT") == ["Őr"])
    }

    @Test func `ISO 8859-1 is read as windows-1252, as servers mean it`() throws {
        #expect(try names(page([0x93, 0xC9, 0x94]), charset: "iso-8859-1") == ["“É”"])
    }

    @Test(arguments: [
        "<!-- <meta charset=iso-8859-2> -->", "<title>charset=iso-8859-2</title>", "<metal charset=iso-8859-2>",
    ])
    func `what only looks like a meta element says nothing`(text: String) throws {
        #expect(try names(page([0xD5, 0x72], meta: text)) == ["Õr"])
    }

    @Test func `a meta element that says UTF-16 and can be read is UTF-8`() throws {
        #expect(try names(page(Array("Őr".utf8), meta: "<meta charset=utf-16>")) == ["Őr"])
    }

    @Test func `a silent page is one encoding as a whole, whatever its first letters look like`() throws {
        // 0xC9 0x92 is a letter in UTF-8; the 0xE9 behind it shows that the page is windows-1252.
        let odd: [UInt8] = [0xC9, 0x92, 0x53, 0x20, 0xE9]
        #expect(try names(page(odd)) == ["É’S é"])
        let late = page([0xC9, 0x92]) + Array(String(repeating: " ", count: 60_000).utf8) + [0xE9]
        #expect(try names(late) == ["É’"])
    }

    @Test func `a silent page that was UTF-8 for long and then is not is ENCODING_ERROR, never two encodings`() {
        let bytes = page(Array("Őr".utf8)) + Array(String(repeating: " ", count: 70_000).utf8) + [0xE9]
        let failure = #expect(throws: MonthFailure.self) { try names(bytes) }
        #expect(failure?.code == "ENCODING_ERROR")
    }

    @Test func `every way to cut a page reads its characters alike`() throws {
        let units = Page.page(Page.row([6: "É€😀"])).utf16
        let utf16: [UInt8] = [0xFE, 0xFF] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let pages: [([UInt8], String)] = [
            (page(Array("É€😀".utf8)), "É€😀"), (page(Array("É€😀".utf8), meta: "<meta charset=utf-8>"), "É€😀"),
            (page([0x80, 0xC9]), "€É"), (utf16, "É€😀"),
        ]
        for (bytes, name) in pages {
            for pieceBytes in [1, 2, 3, 5, 7, 1_023, 1_024, 1_025] {
                #expect(try Page.read(bytes: bytes, pieceBytes: pieceBytes).rows.map(\.name) == [name])
            }
        }
    }

    @Test(
        arguments: [
            [0x81], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE9],
        ] as [[UInt8]])
    func `what is no character in the encoding is ENCODING_ERROR`(bytes: [UInt8]) {
        let charset = bytes == [0x81] ? "windows-1252" : "utf-8"
        let failure = #expect(throws: MonthFailure.self) { try names(page(bytes), charset: charset) }
        #expect(failure?.code == "ENCODING_ERROR")
    }

    @Test func `half a character at the end is ENCODING_ERROR`() {
        for tail in [[0xC3], [0xE2, 0x82]] as [[UInt8]] {
            let failure = #expect(throws: MonthFailure.self) { try names(page([0x41]) + tail, charset: "utf-8") }
            #expect(failure?.code == "ENCODING_ERROR")
        }
    }

    @Test func `a page that is not in the encoding it names is ENCODING_ERROR`() {
        for bytes in [page([0xC9, 0x72]), page([0xFF])] {
            let failure = #expect(throws: MonthFailure.self) { try names(bytes, charset: "utf-8") }
            #expect(failure?.code == "ENCODING_ERROR")
            #expect(failure?.kind == .parse)
        }
    }
}
