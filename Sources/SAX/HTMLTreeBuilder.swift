import CLibXML2

/// Builds the tree out of libxml2's HTML events; what its callbacks find behind their `void *`.
final class HTMLTreeBuilder {
    private let limits: HTMLLimits
    /// The elements that are open, outermost first; the first is the document's root.
    private var open = [HTMLElement(name: "")]
    /// How many further elements are open below the deepest kept one.
    private var buried = 0
    private var nodes = 0
    private var isTruncated = false
    private var hasUndecodableText = false
    /// The text since the last tag.
    private var run: [UInt8] = []
    var context: htmlParserCtxtPtr?

    init(limits: HTMLLimits) {
        self.limits = limits
    }

    /// Closes all that is open and gives the tree.
    func document(isComplete: Bool) -> HTMLDocument {
        flushText()
        while open.count > 1 { closeInnermost() }
        return HTMLDocument(
            root: open[0], isTruncated: isTruncated || !isComplete, hasUndecodableText: hasUndecodableText)
    }

    private func start(_ name: String, attributes: [HTMLElement.Attribute]) {
        guard !isTruncated else { return }
        flushText()
        guard let context, Int(context.pointee.nameNr) <= HTMLTree.maxOpenElements, count() else {
            return truncate()
        }
        let element = HTMLElement(name: name, attributes: attributes)
        if buried > 0 || open.count > limits.depth {
            buried += 1
            append(.element(element))
        } else {
            open.append(element)
        }
    }

    private func end(_ name: String) {
        guard !isTruncated else { return }
        flushText()
        guard buried == 0 else {
            buried -= 1
            return
        }
        guard let index = open.lastIndex(where: { $0.name == name }), index > 0 else { return }
        while open.count > index { closeInnermost() }
    }

    private func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !isTruncated else { return }
        run.append(contentsOf: bytes)
    }

    private func flushText() {
        guard !run.isEmpty else { return }
        if count() {
            append(.text(String(decoding: run, as: UTF8.self)))
        } else {
            truncate()
        }
        run.removeAll(keepingCapacity: true)
    }

    private func closeInnermost() {
        append(.element(open.removeLast()))
    }

    private func append(_ node: HTMLNode) {
        open[open.count - 1].children.append(node)
    }

    /// Counts one more node; false when there is no room for it.
    private func count() -> Bool {
        guard nodes < limits.nodes else { return false }
        nodes += 1
        return true
    }

    private func truncate() {
        isTruncated = true
        xmlStopParser(context)
    }

    /// The table of C functions; none captures anything.
    static var saxHandler: xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = XML_SAX2_MAGIC
        sax.startElement = { user, name, attributes in
            guard let name else { return }
            HTMLTreeBuilder.of(user)?.start(HTMLTreeBuilder.string(name), attributes: HTMLTreeBuilder.pairs(attributes))
        }
        sax.endElement = { user, name in
            guard let name else { return }
            HTMLTreeBuilder.of(user)?.end(HTMLTreeBuilder.string(name))
        }
        sax.characters = { user, start, count in
            HTMLTreeBuilder.of(user)?.text(UnsafeBufferPointer(start: start, count: Int(count)))
        }
        sax.ignorableWhitespace = sax.characters
        // Scripts and style sheets come as CDATA; without a function they would come as text.
        sax.cdataBlock = { _, _, _ in }
        sax.serror = { user, error in
            guard let error, error.pointee.code == Int32(XML_ERR_INVALID_ENCODING.rawValue) else { return }
            HTMLTreeBuilder.of(user)?.hasUndecodableText = true
        }
        return sax
    }

    /// The object behind a callback's pointer; the parse owns it for as long as libxml2 runs.
    private static func of(_ pointer: UnsafeMutableRawPointer?) -> HTMLTreeBuilder? {
        pointer.map { Unmanaged<HTMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func string(_ text: UnsafePointer<xmlChar>) -> String {
        String(cString: text)
    }

    /// Copies attributes, which come as name, value, name, value … and a null; a value may be null.
    private static func pairs(_ pointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> [HTMLElement.Attribute] {
        guard let pointers else { return [] }
        var attributes: [HTMLElement.Attribute] = []
        var index = 0
        while let name = pointers[index] {
            attributes.append(.init(name: string(name).lowercased(), value: pointers[index + 1].map(string) ?? ""))
            index += 2
        }
        return attributes
    }
}
