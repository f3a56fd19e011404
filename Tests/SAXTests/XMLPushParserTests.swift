import SAX
import Testing

/// The error a document is refused with.
private func refusal(_ document: String, limits: XMLLimits = XMLLimits()) -> XMLError? {
    do {
        _ = try events(document, limits: limits)
        return nil
    } catch {
        return error as? XMLError
    }
}

private func isMalformed(_ error: XMLError?) -> Bool {
    if case .malformed = error { true } else { false }
}

private func isLimit(_ error: XMLError?) -> Bool {
    if case .limit = error { true } else { false }
}

@Suite struct `XML push parser` {
    @Test func `names are told apart by namespace and local name, whatever the prefix`() throws {
        let one = try events(#"<p:a xmlns:p="urn:x" xmlns:q="urn:y" q:value="1" value="2"><a/><p:b/></p:a>"#)
        let other = try events(#"<a xmlns="urn:x" xmlns:z="urn:y" z:value="1" value="2"><a xmlns=""/><b/></a>"#)
        #expect(one == ["<0 3=2 4=1", "<2", ">2", "<1", ">1", ">0"])
        #expect(other == one)
    }

    @Test func `a name outside the table is unknown`() throws {
        #expect(try events("<a><zzz/></a>") == ["<2", "<-1", ">-1", ">2"])
    }

    @Test func `entities and character references are resolved in text and attributes`() throws {
        let found = try events("<a value='&lt;&amp;&quot;&#x41;é'>1 &lt; 2 &amp; &#8364;</a>")
        #expect(found == [#"<2 3=<&"Aé"#, "1 < 2 & €", ">2"])
    }

    @Test func `CDATA is text, comments and instructions are nothing`() throws {
        #expect(try events("<a>x<!-- no --><?no no?><![CDATA[<y>]]></a>") == ["<2", "x<y>", ">2"])
    }

    @Test func `a document cut in two anywhere gives the same events`() throws {
        let document = Array(
            #"""
            <?xml version="1.0" encoding="UTF-8"?>
            <p:a xmlns:p="urn:x" xmlns:q="urn:y" q:value="ä&amp;€">née &#8364; 🙂<p:b value=""/>
              <![CDATA[c<d]]><!-- ü --><a>x</a></p:a>
            """#.utf8)
        let whole = try events([document])
        for cut in 0...document.count {
            #expect(try events([Array(document[..<cut]), Array(document[cut...])]) == whole, "cut at \(cut)")
        }
        #expect(try events(document.map { [$0] }) == whole)
    }

    @Test func `a long text of wide characters survives every cut in it`() throws {
        let text = String(repeating: "é€🙂", count: 200)
        let document = Array("<a>\(text)</a>".utf8)
        for cut in 0...document.count {
            #expect(
                try events([Array(document[..<cut]), Array(document[cut...])]) == ["<2", text, ">2"], "cut at \(cut)")
        }
    }

    @Test func `a text of 20 MB is handed on piece by piece`() throws {
        let recorder = Recorder()
        let parser = try XMLPushParser(handler: recorder, names: Recorder.names)
        try parser.feed(Array("<a>".utf8))
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<20 { try parser.feed(piece) }
        try parser.feed(Array("</a>".utf8))
        try parser.finish()
        #expect(recorder.textBytes == 20 << 20)
    }

    @Test(arguments: ["ISO-8859-1", "UTF-7", "UTF-16", "EBCDIC-US", "nosuch"])
    func `a declared encoding is not believed: bytes are UTF-8 or refused`(encoding: String) throws {
        let head = Array("<?xml version=\"1.0\" encoding=\"\(encoding)\"?><a>".utf8)
        #expect(try events([head + Array("é+AGE-</a>".utf8)]) == ["<2", "é+AGE-", ">2"])
        #expect(throws: XMLError.self) { try events([head + [0xE9] + Array("</a>".utf8)]) }
    }

    @Test(arguments: [true, false])
    func `UTF-16 with its mark is read, in both byte orders and cut anywhere`(isBig: Bool) throws {
        let units = Array("\u{FEFF}<a value='ä>&amp;'>née 🙂</a>".utf16)
        let document = units.flatMap { unit in
            let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
            return isBig ? bytes : bytes.reversed()
        }
        for cut in 0...document.count {
            let pieces = [Array(document[..<cut]), Array(document[cut...])]
            #expect(try events(pieces) == ["<2 3=ä>&", "née 🙂", ">2"], "cut at \(cut)")
        }
    }

    @Test func `text is reported only inside the elements asked for, at any depth`() throws {
        let recorder = Recorder()
        let parser = try XMLPushParser(handler: recorder, names: Recorder.names, textParents: [2])
        try parser.feed(Array("<x> 1 <a>2<y>3</y>4<a>5</a>6</a> 7 <y>8</y><a>9</a></x>".utf8))
        try parser.finish()
        let text = recorder.events.filter { !$0.hasPrefix("<") && !$0.hasPrefix(">") }
        #expect(text == ["2", "3", "4", "5", "6", "9"])
    }

    @Test func `a prefix means what the innermost declaration says, until its element ends`() throws {
        let document = #"""
            <p:a xmlns:p="urn:x" xmlns="urn:x"><b/><p:b xmlns:p="urn:y" xmlns="" p:value="1" value="2"><a p:value="3"/></p:b
            ><p:b/><b/></p:a>
            """#
        #expect(
            try events(document).filter { !$0.hasPrefix("\n") }
                == ["<0", "<1", ">1", "<-1 3=2 4=1", "<2 4=3", ">2", ">-1", "<1", ">1", "<1", ">1", ">0"])
    }

    @Test func `more names than are remembered keep their meaning`() throws {
        let others = (0..<5_000).map { "<n\($0) q:value='\($0)' value='v'/><p:b/>" }.joined()
        let found = try events("<p:a xmlns:p='urn:x' xmlns:q='urn:y'>\(others)</p:a>")
        #expect(found.count == 2 + 4 * 5_000)
        for number in 0..<5_000 {
            #expect(found[1 + 4 * number..<5 + 4 * number] == ["<-1 3=v 4=\(number)", ">-1", "<1", ">1"])
        }
    }

    @Test(arguments: ["p:a:b", ":a", "a:", "p::a", "q:a", "xml:a", "xmlns:a"])
    func `a name with a colon out of place or an unknown prefix is none of the table`(name: String) throws {
        #expect(try events("<z xmlns='urn:z' xmlns:p='urn:x'><\(name)/></z>") == ["<-1", "<-1", ">-1", ">-1"])
    }

    @Test func `an end tag of another name is told with both names and the line of the start tag`() {
        let refused = refusal("<a xmlns:p='urn:x'>\n<p:b>\n\n</p:c></a>")
        #expect(
            refused == .malformed(reason: "Opening and ending tag mismatch: p:b line 2 and p:c", line: 4))
    }

    @Test func `an error of the handler comes out of feed and of every later call`() throws {
        struct Stop: Error {}
        let recorder = Recorder()
        recorder.failure = (2, Stop())
        let parser = try XMLPushParser(handler: recorder, names: Recorder.names)
        #expect(throws: Stop.self) { try parser.feed(Array("<x><a></a><b/>".utf8)) }
        #expect(throws: Stop.self) { try parser.feed(Array("<b/></x>".utf8)) }
        #expect(throws: Stop.self) { try parser.finish() }
        #expect(recorder.events == ["<-1", "<2", ">2"])
    }
}

@Suite struct `Refused XML` {
    @Test(arguments: [
        "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a/>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>",
        "<!DOCTYPE a [<!ENTITY b 'bbb'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/hostname'>%p;]><a/>",
    ])
    func `every document type is refused`(document: String) {
        #expect(refusal(document) == .documentType)
    }

    @Test(arguments: ["", "<a>", "<a></b>", "<a/><a/>", "rubbish", "<a>&nosuch;</a>", "<a b=c/>", "<a>\u{1}</a>"])
    func `XML that is not well-formed is refused with its line`(document: String) {
        #expect(isMalformed(refusal(document)))
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(throws: XMLError.self) { try events([Array("<a>".utf8) + [0xFF, 0xFE] + Array("</a>".utf8)]) }
    }

    @Test(arguments: [[0xD83D, 0x20], [0xDE42, 0x20], [0xD83D, 0xD83D]] as [[UInt16]])
    func `UTF-16 with an unpaired surrogate is refused, wherever it is cut`(units: [UInt16]) {
        let document = ([0xFEFF] + Array("<a>".utf16) + units + Array("</a>".utf16)).flatMap { unit in
            [UInt8(unit >> 8), UInt8(unit & 0xFF)]
        }
        for cut in 0...document.count {
            #expect(throws: XMLError.self, "cut at \(cut)") {
                try events([Array(document[..<cut]), Array(document[cut...])])
            }
        }
    }

    @Test func `the line of an error counts from 1`() {
        guard case .malformed(let reason, let line) = refusal("<a>\n<b>\n</c>\n</a>") else {
            Issue.record("not malformed")
            return
        }
        #expect(line == 3 && !reason.isEmpty)
    }

    @Test func `a document cut at any byte is refused as malformed`() {
        let document = "<a value='é'><b>text</b><!-- x --></a>"
        for length in 0..<document.utf8.count {
            #expect(throws: XMLError.self, "cut at \(length)") { try events([Array(document.utf8.prefix(length))]) }
        }
    }

    @Test func `elements nest to the limit and no deeper`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(refusal(nested(64)) == nil)
        #expect(isLimit(refusal(nested(65))))
    }

    @Test func `attributes come to the limit and no further`() {
        func element(_ count: Int) -> String {
            "<a " + (0..<count).map { "n\($0)='1'" }.joined(separator: " ") + "/>"
        }
        #expect(refusal(element(64)) == nil)
        #expect(isLimit(refusal(element(65))))
    }

    @Test(arguments: [65_536, 100, 5])
    func `a start tag is held to its limit, ended or not`(limit: Int) {
        let limits = XMLLimits(startTagBytes: limit)
        func tag(_ bytes: Int) -> String {
            bytes < 14
                ? "<" + String(repeating: "n", count: bytes - 3) + "/>"
                : "<a value='" + String(repeating: ">", count: bytes - 13) + "'/>"
        }
        #expect(refusal(tag(limit), limits: limits) == nil)
        #expect(isLimit(refusal(tag(limit + 1), limits: limits)))
        #expect(isLimit(refusal("<a value='" + String(repeating: "x", count: 1_000_000), limits: limits)))
        // Names and namespaces count like values.
        #expect(isLimit(refusal("<a " + String(repeating: "n", count: limit) + "='1'/>", limits: limits)))
        #expect(isLimit(refusal("<a xmlns='" + String(repeating: "u", count: limit) + "'/>", limits: limits)))
    }

    @Test func `namespace declarations come to the limit and no further`() {
        func element(_ count: Int) -> String {
            "<a " + (0..<count).map { "xmlns:n\($0)='u'" }.joined(separator: " ") + "/>"
        }
        #expect(refusal(element(256)) == nil)
        #expect(isLimit(refusal(element(257))))
    }

    @Test(arguments: ["<a b='", "<a><!-- ", "<a><?x ", "<", "<a b"])
    func `what never ends is refused before 200 KB of it are read`(start: String) throws {
        let parser = try XMLPushParser(handler: Recorder(), names: Recorder.names)
        try parser.feed(Array(start.utf8))
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
        var fed = 0
        var refusal: XMLError?
        while refusal == nil, fed < 1 << 30 {
            fed += piece.count
            do { try parser.feed(piece) } catch { refusal = error as? XMLError }
        }
        #expect(refusal != nil && fed < 200_000)
    }
}
