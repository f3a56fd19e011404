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
        /// The value's text form; `nil` is NULL.
        package let text: [UInt8]?

        /// Encodes a value.
        package init<Value: PostgresEncodable>(_ value: Value) {
            type = Value.postgresType
            guard !value.isPostgresNull else {
                text = nil
                return
            }
            var bytes: [UInt8] = []
            value.appendPostgresText(to: &bytes)
            text = bytes
        }

        /// Takes a value's text form as ``PostgresArrayPieces`` makes it.
        init(type: PostgresType, text: [UInt8]) {
            self.type = type
            self.text = text
        }
    }

    /// The text with `$1`, `$2` … in place of values.
    package let sql: String
    /// The placeholders' values, `$1` first.
    package let parameters: [Parameter]

    package init(stringLiteral sql: String) {
        self.sql = sql
        parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
    }

    /// The text alone; values are not shown.
    package var description: String { sql }

    /// Collects the pieces of a query literal.
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var sql = ""
        fileprivate var parameters: [Parameter] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + 3 * interpolationCount)
            parameters.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Binds a value.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            parameters.append(Parameter(value))
            sql += "$\(parameters.count)"
        }

        /// Binds a value or NULL.
        // An overload, because the compiler takes an optional in a generic place for an oversight.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            parameters.append(Parameter(value))
            sql += "$\(parameters.count)"
        }

        /// Binds a value that was encoded before; its bytes are not copied.
        package mutating func appendInterpolation(_ parameter: Parameter) {
            parameters.append(parameter)
            sql += "$\(parameters.count)"
        }

        /// Puts program text, such as a shared column list, into the statement as it stands.
        package mutating func appendInterpolation(literal text: StaticString) {
            sql += text.description
        }
    }
}
