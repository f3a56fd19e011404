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

    @Test func `a page that is not in the encoding it names is ENCODING_ERROR`() {
        for bytes in [page([0xC9, 0x72]), page([0xFF])] {
            let failure = #expect(throws: MonthFailure.self) { try names(bytes, charset: "utf-8") }
            #expect(failure?.code == "ENCODING_ERROR")
            #expect(failure?.kind == .parse)
        }
    }
}
