import Foundation

@testable import ODS

/// What reading a document on one path told, and how it ended.
struct PathOutcome: Equatable {
    var events: [Collector.Event]
    /// The error's text; nil for a document that was read.
    var error: String?
}

/// Reads documents on each of the two parser paths.
enum ParserPaths {
    /// Reads a document that comes in pieces, cut behind each of `cuts`.
    static func outcome(
        _ document: [UInt8], _ path: ContentParser.Path, cuts: [Int] = [], limits: ODSLimits = ODSLimits()
    ) -> PathOutcome {
        let box = HandlerBox(Collector())
        let budget = ReadBudget(limit: .seconds(30), clock: { .zero })
        let content = ContentHandler(SheetAssembler(box, limits: limits, budget: budget))
        var error: String?
        do {
            var parser = try ContentParser(content, limits: limits, path: path)
            var start = 0
            for end in cuts.sorted() + [document.count] where end > start {
                try parser.feed(document.span.extracting(start..<end))
                start = end
            }
            try parser.finish()
        } catch let thrown {
            error = "\(thrown)"
        }
        return PathOutcome(events: box.handler.events, error: error)
    }

    /// How many bytes of a document the scanner reads by itself.
    static func regularBytes(_ document: [UInt8], limits: ODSLimits = ODSLimits()) throws -> Int {
        let budget = ReadBudget(limit: .seconds(30), clock: { .zero })
        var sheets = SheetAssembler(HandlerBox(Collector()), limits: limits, budget: budget)
        var scanner = RegularXMLScanner(limits: limits)
        return try scanner.scan(document.span, into: &sheets).consumed
    }
}

/// SplitMix64: the same numbers on every machine for one seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Damages documents at random, in the ways that matter to a parser.
struct Mutator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let tokens: [[UInt8]] =
        [
            "<", ">", "/", "</", "/>", "&", ";", "\"", "'", "=", " ", "\n", "\r\n", "\t", "\0", "\u{1}", "\u{7F}",
            "]]>", "<!--x-->",
            "<?x y?>", "<![CDATA[<x>]]>", "<!DOCTYPE x>", "&amp;", "&lt;", "&#65;", "&#x20AC;", "&#0;", "&#xD800;",
            "&#x110000;", "&nbsp;",
            "é", "€", "🙂", "\u{FFFE}", "\u{FEFF}", "xmlns:text=\"urn:x\"", " xmlns=\"urn:x\"", " table:name=\"n\"",
            "<text:p>", "</text:p>",
            "<text:s text:c=\"3\"/>", "<table:table-cell/>", "</table:table-row>", "<table:table-row>", "<x:y/>",
            "<y/>", "</table:table>",
            "office:value-type=\"float\"", " office:value=\"1e5\"", " table:number-columns-repeated=\"2000\"",
            "<office:annotation>",
        ].map { Array($0.utf8) } + [
            [0x80], [0xC0, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
        ]

    /// One or two changes: a bit, a piece that is lost, doubled or moved, a token put in, an end cut off.
    mutating func mutate(_ document: [UInt8]) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...2, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &generator))
            case 4: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: Self.tokens.randomElement(using: &generator) ?? [], at: place)
            }
        }
        return bytes
    }

    /// Up to five places at which the document is cut into pieces.
    mutating func cuts(_ document: [UInt8]) -> [Int] {
        (0..<Int.random(in: 0...5, using: &generator)).map { _ in Int.random(in: 0...document.count, using: &generator)
        }
    }
}
