/// A part of an ``HTMLDocument``: an element or a run of text.
package enum HTMLNode: Sendable, Equatable {
    case element(HTMLElement)
    /// Text as written, entities resolved; neighbouring runs are one.
    case text(String)
}

/// An element of a page with all that is in it.
package struct HTMLElement: Sendable, Equatable {
    /// One attribute, in the order of the page.
    package struct Attribute: Sendable, Equatable {
        /// The name in lower case.
        package let name: String
        /// The value, entities resolved; empty for an attribute without one.
        package let value: String
    }

    /// The name in lower case; empty for the root of an ``HTMLDocument``.
    package let name: String
    /// The attributes in the order of the page.
    package let attributes: [Attribute]
    /// What is directly inside, in the order of the page.
    package internal(set) var children: [HTMLNode] = []

    /// Makes an element, for a page's parser and for tests.
    package init(name: String, attributes: [Attribute] = [], children: [HTMLNode] = []) {
        self.name = name
        self.attributes = attributes
        self.children = children
    }

    /// The value of the first attribute of that lower-case name, or nil.
    package func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    /// The elements directly inside, text left out.
    package var childElements: [HTMLElement] {
        children.compactMap { child in
            guard case .element(let element) = child else { return nil }
            return element
        }
    }

    /// All text inside, in the order of the page and with its white space; a `br` reads as a line break.
    package var text: String {
        var text = ""
        appendText(to: &text)
        return text
    }

    private func appendText(to text: inout String) {
        for child in children {
            switch child {
            case .text(let run): text += run
            case .element(let element) where element.name == "br": text += "\n"
            case .element(let element): element.appendText(to: &text)
            }
        }
    }

    /// The elements of that lower-case name at any depth inside, in the order of the page.
    package func descendants(named name: String) -> [HTMLElement] {
        var found: [HTMLElement] = []
        collect(name, into: &found)
        return found
    }

    private func collect(_ name: String, into found: inout [HTMLElement]) {
        for child in childElements {
            if child.name == name { found.append(child) }
            child.collect(name, into: &found)
        }
    }
}
