import Foundation
import Testing
import Zip

@testable import schedcu

@Suite struct WorkbookFileTests {
    private static let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04, 1, 2, 3]

    @Test func `a zip with the name of a workbook is taken as it is`() throws {
        let file = try WorkbookFile(name: "Plan.ODS", content: .memory(Self.zip))
        #expect(file.name == "Plan.ODS")
        #expect(try file.bytes() == Self.zip)
    }

    @Test func `flat XML may begin with a byte order mark and white space`() throws {
        _ = try WorkbookFile(name: "plan.fods", content: .memory([0xEF, 0xBB, 0xBF, 0x0A] + Array("<?xml".utf8)))
    }

    @Test(arguments: [
        ("plan.xlsx", zip), ("plan.ods", Array("<office>".utf8)), ("plan.ods", []), ("plan.fods", zip), ("plan", zip),
    ])
    func `what cannot be a workbook is exit status 65 with INVALID_FILE_TYPE`(name: String, bytes: [UInt8]) {
        let failure = #expect(throws: CommandFailure.self) { try WorkbookFile(name: name, content: .memory(bytes)) }
        #expect(failure?.status == .unusableFile)
        #expect(failure?.what == "INVALID_FILE_TYPE")
    }

    @Test func `ten mebibytes are taken and one byte more is FILE_TOO_LARGE`() throws {
        let most = Self.zip + [UInt8](repeating: 0, count: 10 * 1024 * 1024 - Self.zip.count)
        #expect(try WorkbookFile(name: "a.ods", content: .memory(most)).content.count == 10_485_760)
        let failure = #expect(throws: CommandFailure.self) {
            try WorkbookFile(name: "a.ods", content: .memory(most + [0]))
        }
        #expect(failure?.what == "FILE_TOO_LARGE")
        #expect(failure?.status == .unusableFile)
    }

    @Test func `a missing file and a folder are exit status 66`() {
        let folder = FileManager.default.temporaryDirectory.path
        for path in [folder, folder + "/no-such-\(UUID().uuidString).ods"] {
            let failure = #expect(throws: CommandFailure.self) { try WorkbookFile(path: path) }
            #expect(failure?.status == .missingFile)
        }
    }
}
