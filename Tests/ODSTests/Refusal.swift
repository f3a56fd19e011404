import Foundation
import ODS
import Testing

/// The bytes of a file in `Tests/Fixtures/ods`.
func fixtureBytes(_ name: String) throws -> [UInt8] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: tests.appending(path: "Fixtures/ods").appending(path: name)))
}

/// The error a file is refused with, or nil when it is read; any other error fails the test.
func refusal(_ bytes: [UInt8], limits: ODSLimits = ODSLimits()) throws -> ODSError? {
    var counter = Collector()
    counter.countsOnly = true
    do {
        try ODSReader(limits: limits).read(bytes, handler: &counter)
        return nil
    } catch let error as ODSError {
        #expect(!error.reason.isEmpty && error.reason.allSatisfy { !$0.isNewline })
        return error
    }
}

/// The same of flat XML.
func refusal(_ xml: String, limits: ODSLimits = ODSLimits()) throws -> ODSError? {
    try refusal(Array(xml.utf8), limits: limits)
}
