/// A rule that a payload breaks; thrown by payload types where they decode or are brought up to a newer version.
public struct InvalidPayload: Error, Sendable, Equatable, CustomStringConvertible {
    /// The key it is about, such as `recipients[0].address`; empty for the payload as a whole.
    public let path: String
    /// What is wrong; stored with the task and shown, so it must not repeat the value.
    public let reason: String

    /// The text to log and to show.
    public var description: String { path.isEmpty ? reason : "\(path) \(reason)" }

    /// Names the key and what is wrong with it, such as `is not an e-mail address`.
    public init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    /// Names what is wrong with the payload as a whole.
    public init(_ reason: String) { self.init("", reason) }
}

/// A task whose payload is not what its type says: archived with this text, since no retry could mend it.
///
/// The text names type, version, key and what was expected, and never a value.
public struct PayloadDecodingError: Error, Sendable, CustomStringConvertible {
    /// The task's type.
    public let type: String
    /// The version that the payload says it has; `nil` when that cannot be read.
    public let version: Int?
    /// The key at which decoding stopped; empty for the payload as a whole.
    public var path: String { reason.path }

    private let reason: Reason

    /// The text to log and to show.
    public var description: String {
        "bad payload of \"\(type)\"\(version.map { " (version \($0))" } ?? ""): \(reason)"
    }

    /// Names the task and what is wrong with its payload.
    init(type: String, version: Int?, reason: Reason) {
        self.type = type
        self.version = version
        self.reason = reason
    }

    /// Where coding stopped and why, without the value.
    struct Reason: Sendable, CustomStringConvertible {
        let path: String
        private let text: String

        var description: String { path.isEmpty ? text : "\(path) \(text)" }

        init(_ error: any Error) {
            switch error {
            case let error as InvalidPayload: (path, text) = (error.path, error.reason)
            case DecodingError.keyNotFound(let key, let context):
                (path, text) = (Self.path(context.codingPath + [key]), "is missing")
            case DecodingError.typeMismatch(let type, let context):
                (path, text) = Self.located(context.codingPath, "is not \(Self.name(of: type))")
            case DecodingError.valueNotFound(let type, let context):
                (path, text) = Self.located(context.codingPath, "is null, not \(Self.name(of: type))")
            case DecodingError.dataCorrupted(let context):
                let isWhole = context.codingPath.isEmpty
                (path, text) = Self.located(
                    context.codingPath, isWhole ? "is not JSON" : "has a value that is not allowed")
            case EncodingError.invalidValue(_, let context):
                (path, text) = Self.located(context.codingPath, "cannot be written as JSON")
            default:
                // The error's own text might repeat the value.
                (path, text) = ("", "it was refused with an error \(Swift.type(of: error))")
            }
        }

        private static func located(_ codingPath: [any CodingKey], _ text: String) -> (String, String) {
            let path = path(codingPath)
            return (path, path.isEmpty ? "it \(text)" : text)
        }

        static func path(_ codingPath: [any CodingKey]) -> String {
            codingPath.reduce(into: "") { path, key in
                if let index = key.intValue, key.stringValue != String(index) {
                    path += "[\(index)]"
                } else {
                    path += path.isEmpty ? name(of: key) : "." + name(of: key)
                }
            }
        }

        /// A key of a dictionary is data, such as a person's name; those of the payload's types are not.
        private static func name(of key: any CodingKey) -> String {
            let type = String(reflecting: Swift.type(of: key))
            return type.hasPrefix("Swift.") || type.hasPrefix("Foundation") ? "*" : key.stringValue
        }

        /// What a person who reads JSON calls a Swift type.
        private static func name(of type: any Any.Type) -> String {
            switch type {
            case is String.Type: "a text"
            case is Bool.Type: "true or false"
            case is any BinaryInteger.Type: "a whole number"
            case is any BinaryFloatingPoint.Type: "a number"
            case is [Any].Type: "a list"
            case is [String: Any].Type: "an object"
            default: "a \(type)"
            }
        }
    }
}
