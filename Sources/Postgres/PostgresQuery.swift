/// A statement and the values of its placeholders.
///
/// Written as a literal, in which every interpolated value becomes a placeholder and never part of the text:
/// `"SELECT name FROM persons WHERE id = \(id)"` is `… WHERE id = $1` with one parameter. A value that is interpolated
/// twice is bound twice.
package struct PostgresQuery: ExpressibleByStringInterpolation, Sendable, CustomStringConvertible {
    /// A value for one placeholder.
    package struct Parameter: Sendable {
        /// The type declared for the placeholder.
        package let type: PostgresType
        /// Where in ``PostgresQuery/values`` its text form is; `nil` is NULL.
        let range: Range<Int>?
    }

    /// The text with `$1`, `$2` … in place of values.
    package let sql: String
    /// The placeholders' values, `$1` first.
    package let parameters: [Parameter]
    /// The text forms of all values, each with a zero behind it.
    ///
    /// They are encoded to where libpq reads them: an import's are megabytes, which are held once here and once in libpq.
    let values: [UInt8]

    package init(stringLiteral sql: String) {
        self.sql = sql
        parameters = []
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
        values = stringInterpolation.values
    }

    /// A value's text form; `nil` is NULL.
    package func text(of parameter: Parameter) -> [UInt8]? {
        parameter.range.map { Array(values[$0]) }
    }

    /// How many bytes the text forms of all values have.
    package var textBytes: Int { parameters.reduce(0) { $0 + ($1.range?.count ?? 0) } }

    /// The text alone; values are not shown.
    package var description: String { sql }

    /// Collects the pieces of a query literal.
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var sql = ""
        fileprivate var parameters: [Parameter] = []
        fileprivate var values: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + 3 * interpolationCount)
            parameters.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Binds a value.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            bind(value)
            sql += "$\(parameters.count)"
        }

        /// Binds a value or NULL.
        // An overload, because the compiler takes an optional in a generic place for an oversight.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            bind(value)
            sql += "$\(parameters.count)"
        }

        /// Binds a value that was encoded before.
        package mutating func appendInterpolation(_ text: PostgresText) {
            append(type: text.type) { $0 += text.bytes }
            sql += "$\(parameters.count)"
        }

        private mutating func bind<Value: PostgresEncodable>(_ value: Value) {
            guard !value.isPostgresNull else {
                parameters.append(Parameter(type: Value.postgresType, range: nil))
                return
            }
            append(type: Value.postgresType) { value.appendPostgresText(to: &$0) }
        }

        private mutating func append(type: PostgresType, _ write: (inout [UInt8]) -> Void) {
            let start = values.count
            write(&values)
            parameters.append(Parameter(type: type, range: start..<values.count))
            values.append(0)
        }

        /// Puts program text, such as a shared column list, into the statement as it stands.
        package mutating func appendInterpolation(literal text: StaticString) {
            sql += text.description
        }
    }
}
