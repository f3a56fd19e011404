/// The header fields of a response, in the order they came; names are compared without regard to case.
package struct HTTPHeaders: Sendable {
    /// Name and value of each field.
    package private(set) var fields: [(name: String, value: String)] = []

    /// Makes a set of fields.
    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// The first value of a field; `nil` when the field is absent.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    /// All values of a field that may come several times, such as `Set-Cookie`.
    package func values(of name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    mutating func append(name: String, value: String) { fields.append((name, value)) }
}
