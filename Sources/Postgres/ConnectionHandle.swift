import CLibPQ
import Glibc

/// The one owner of a libpq `PGconn`.
///
/// Its calls block, so it lives inside an actor that has its own thread.
struct ConnectionHandle: ~Copyable {
    /// `current_setting('server_version_num')` of the oldest server that is accepted.
    private static let oldestServerVersion: Int32 = 150_000
    /// How often a connection in the making looks whether it is still wanted.
    private static let connectPollMilliseconds: Int32 = 100
    /// The wire format counts parameters in 16 bits.
    private static let largestParameterCount = 65_535

    private let connection: OpaquePointer

    /// Connects, blocking until the session stands.
    ///
    /// - Parameters:
    ///   - configuration: Where to, and for how long to try.
    ///   - isAbandoned: Asked ten times a second; `true` ends the attempt.
    /// - Throws: ``PostgresError/Code/connectFailed``, or ``PostgresError/Code/cancelled`` when abandoned.
    init(_ configuration: PostgresConfiguration, isAbandoned: () -> Bool) throws(PostgresError) {
        let settings = try configuration.parameters()
        guard let connection = Self.start(settings) else {
            throw PostgresError(.connectFailed, "libpq could not allocate a connection")
        }
        if let error = Self.finishConnecting(connection, configuration, isAbandoned) {
            PQfinish(connection)  // `deinit` does not run for a handle that was never made
            throw error
        }
        self.connection = connection
    }

    deinit { PQfinish(connection) }

    /// Whether the last call left the connection standing.
    var isConnected: Bool { PQstatus(connection) == CONNECTION_OK }

    /// Whether no transaction is open and no statement is running.
    var isIdle: Bool { isConnected && PQtransactionStatus(connection) == PQTRANS_IDLE }

    /// Whether the server has not hung up, found out without a round trip.
    ///
    /// An idle session has nothing to say; what it sends unasked is its farewell.
    borrowing func isAlive() -> Bool {
        guard isIdle else { return false }
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// What `PQcancel` needs; `nil` once the connection is gone.
    borrowing func cancelHandle() -> OpaquePointer? { PQgetCancel(connection) }

    /// Prepares a statement under a name.
    borrowing func prepare(_ name: String, _ query: PostgresQuery) throws(PostgresError) {
        let types = query.parameters.map(\.type.oid)
        _ = try checked(PQprepare(connection, name, query.sql, Int32(types.count), types))
    }

    /// Runs a prepared statement.
    borrowing func execute(_ name: String, _ query: PostgresQuery) throws(PostgresError) -> ResultHandle {
        let result = query.values.withUnsafeBytes { bytes in
            let values = query.parameters.map { parameter in
                parameter.range.flatMap {
                    bytes.baseAddress?.advanced(by: $0.lowerBound).assumingMemoryBound(to: CChar.self)
                }
            }
            return PQexecPrepared(connection, name, Int32(values.count), values, nil, nil, 0)
        }
        return try checked(result)
    }

    /// Refuses what the text format would silently cut or the wire could not carry.
    static func check(_ query: PostgresQuery) throws(PostgresError) {
        guard query.parameters.count <= largestParameterCount else {
            throw PostgresError(
                .statementFailed, "\(query.parameters.count) parameters are more than 65535; bind arrays")
        }
        for (index, parameter) in query.parameters.enumerated()
        where parameter.range.map({ query.values[$0].contains(0) }) == true {
            throw PostgresError(
                .statementFailed, "parameter $\(index + 1) holds a NUL character, which Postgres text cannot store",
                sqlState: "22021")
        }
        guard !query.sql.utf8.contains(0) else {
            throw PostgresError(.statementFailed, "the statement holds a NUL character")
        }
    }

    /// Runs one or more statements without parameters, up to the first failure.
    ///
    /// - Parameter sql: The statements.
    /// - Returns: How many ran, and whether the last was answered with a roll-back.
    /// - Throws: ``PostgresError`` of the first failure.
    borrowing func run(script sql: String) throws(PostgresError) -> (count: Int, isRollback: Bool) {
        guard PQsendQuery(connection, sql) == 1 else { throw connectionError() }
        var count = 0
        var isRollback = false
        var failure: PostgresError?
        while let result = PQgetResult(connection) {
            let handle = ResultHandle(owning: result)
            count += 1
            isRollback = handle.isRollback
            if !handle.isSuccess, failure == nil { failure = handle.error(isConnected: isConnected) }
        }
        if let failure { throw failure }
        guard isConnected else { throw connectionError() }
        return (count, isRollback)
    }

    private borrowing func checked(_ result: OpaquePointer?) throws(PostgresError) -> ResultHandle {
        guard let result else { throw connectionError() }
        let handle = ResultHandle(owning: result)
        guard handle.isSuccess else { throw handle.error(isConnected: isConnected) }
        return handle
    }

    private borrowing func connectionError() -> PostgresError {
        let message = String(cString: PQerrorMessage(connection)).trimmedLine
        return PostgresError(isConnected ? .statementFailed : .connectionLost, message)
    }

    private static func start(_ settings: [String: String]) -> OpaquePointer? {
        let pairs = settings.sorted { $0.key < $1.key }
        let keywords = pairs.map { strdup($0.key) }
        let values = pairs.map { strdup($0.value) }
        defer { (keywords + values).forEach { free($0) } }
        // Both lists end with a null pointer.
        let keywordList = keywords.map { UnsafePointer<CChar>($0) } + [nil]
        let valueList = values.map { UnsafePointer<CChar>($0) } + [nil]
        return PQconnectStartParams(keywordList, valueList, 0)
    }

    private static func finishConnecting(
        _ connection: OpaquePointer, _ configuration: PostgresConfiguration, _ isAbandoned: () -> Bool
    ) -> PostgresError? {
        // NOTICE and WARNING go nowhere; libpq's default prints them.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        let deadline = ContinuousClock.now + configuration.connectTimeout
        var wanted = PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            guard PQstatus(connection) != CONNECTION_BAD, wanted != PGRES_POLLING_FAILED else {
                return PostgresError(.connectFailed, String(cString: PQerrorMessage(connection)).trimmedLine)
            }
            if isAbandoned() { return PostgresError(.cancelled, "cancelled while connecting") }
            guard ContinuousClock.now < deadline else {
                return PostgresError(
                    .connectFailed, "\(configuration): no answer within \(configuration.connectTimeout)")
            }
            let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            if poll(&descriptor, 1, connectPollMilliseconds) > 0 { wanted = PQconnectPoll(connection) }
        }
        let version = PQserverVersion(connection)
        guard version >= oldestServerVersion else {
            return PostgresError(
                .connectFailed, "\(configuration) is PostgreSQL \(version / 10_000); 15 or later is needed")
        }
        return nil
    }
}
