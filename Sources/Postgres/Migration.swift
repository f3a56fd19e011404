import Foundation

/// One numbered step of the schema and its way back.
package struct Migration: Sendable {
    /// The file's number, from 1.
    package let version: Int
    /// What it does, such as `people`.
    package let name: String
    /// The statements that make the step.
    package let up: String
    /// The statements that take it back.
    package let down: String

    package init(version: Int, name: String, up: String, down: String) {
        self.version = version
        self.name = name
        self.up = up
        self.down = down
    }

    /// `0001_people`.
    package var label: String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }
}

/// Why migrations could not be read or applied.
///
/// Failing statements are reported as ``PostgresError``.
package enum MigrationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder or a file in it cannot be read.
    case unreadable(path: String)
    /// A `.sql` file whose name is not `NNNN_name.up.sql` or `NNNN_name.down.sql`.
    case badFileName(String)
    /// Half of a pair is missing.
    case unpaired(String)
    /// Two pairs have one number.
    case duplicateVersion(Int)
    /// The file of an applied step was changed afterwards.
    case changed(String)
    /// The database has a step that the folder does not.
    case unknown(String)
    /// A step that is not applied comes before one that is.
    case outOfOrder(String)

    package var description: String {
        switch self {
        case .unreadable(let path): "migrations: cannot read \(path); check that it exists and may be read"
        case .badFileName(let name): "migrations: \(name) is not named NNNN_name.up.sql or NNNN_name.down.sql"
        case .unpaired(let name): "migrations: \(name) lacks its .up.sql or .down.sql file"
        case .duplicateVersion(let version): "migrations: number \(version) is used twice; renumber one"
        case .changed(let name): "migrations: \(name) was changed after it was applied; restore it and add a new step"
        case .unknown(let name): "migrations: the database has \(name), which this version does not know; update it"
        case .outOfOrder(let name): "migrations: \(name) is not applied but a later step is; renumber it"
        }
    }
}

extension Migration {
    /// Reads all pairs of a folder, in the order of their numbers.
    ///
    /// - Parameter directory: The folder's path.
    /// - Returns: The steps.
    /// - Throws: ``MigrationError``.
    package static func load(directory: String) throws(MigrationError) -> [Migration] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw .unreadable(path: directory)
        }
        var ups: [Int: (name: String, sql: String)] = [:]
        var downs: [Int: (name: String, sql: String)] = [:]
        for file in names.filter({ $0.hasSuffix(".sql") }).sorted() {
            let (version, name, isUp) = try parse(file)
            guard (isUp ? ups : downs)[version] == nil else { throw .duplicateVersion(version) }
            let path = directory + "/" + file
            guard let sql = try? String(contentsOfFile: path, encoding: .utf8) else { throw .unreadable(path: path) }
            if isUp { ups[version] = (name, sql) } else { downs[version] = (name, sql) }
        }
        var migrations: [Migration] = []
        for version in Set(ups.keys).union(downs.keys).sorted() {
            guard let up = ups[version], let down = downs[version], up.name == down.name else {
                throw .unpaired("\(version)_\(ups[version]?.name ?? downs[version]?.name ?? "")")
            }
            migrations.append(Migration(version: version, name: up.name, up: up.sql, down: down.sql))
        }
        return migrations
    }

    private static func parse(_ file: String) throws(MigrationError) -> (version: Int, name: String, isUp: Bool) {
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        let stem = parts[0].split(separator: "_", maxSplits: 1)
        guard parts.count == 3, parts[1] == "up" || parts[1] == "down", stem.count == 2, let version = Int(stem[0]),
            version >= 1
        else { throw .badFileName(file) }
        return (version, String(stem[1]), parts[1] == "up")
    }
}
