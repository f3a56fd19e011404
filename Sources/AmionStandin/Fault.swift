import ArgumentParser

/// One thing that goes wrong, and when: `KIND[=VALUE][@YYYY-MM][*COUNT]`.
struct Fault: ExpressibleByArgument, Sendable, Hashable {
    /// What goes wrong.
    let kind: FaultKind
    /// The only month it happens to; `nil` for every request of data.
    let month: CivilMonth?
    /// How many requests it happens to before all is well; `nil` for all of them.
    let count: Int?

    /// Reads the form above; anything else is refused.
    init?(argument: String) {
        var rest = argument[...]
        var count: Int?
        if let star = rest.lastIndex(of: "*") {
            guard let number = Int(rest[rest.index(after: star)...]), number > 0 else { return nil }
            count = number
            rest = rest[..<star]
        }
        var month: CivilMonth?
        if let at = rest.lastIndex(of: "@"), let named = CivilMonth(path: rest[rest.index(after: at)...]) {
            month = named
            rest = rest[..<at]
        }
        let parts = rest.split(separator: "=", maxSplits: 1).map(String.init)
        guard let name = parts.first, let kind = FaultKind(name: name, value: parts.count > 1 ? parts[1] : nil) else {
            return nil
        }
        self.kind = kind
        self.month = month
        self.count = count
    }
}

/// What can go wrong with an answer.
enum FaultKind: Sendable, Hashable {
    /// The text of a page is not what it should be.
    case page(PageFault)
    /// The bytes or the connection are not what they should be.
    case wire(WireFault)

    /// The kind of a name; `nil` for an unknown one, and when a value is missing, wrong or too many.
    init?(name: String, value: String?) {
        if value == nil, let fault = PageFault(rawValue: name) {
            self = .page(fault)
        } else if let fault = WireFault(name: name, value: value) {
            self = .wire(fault)
        } else {
            return nil
        }
    }
}

/// What can be wrong with the text of a month's page; a report knows only the login page.
enum PageFault: String, Sendable, Hashable, CaseIterable {
    /// A login page in place of data.
    case loginPage = "login-page"
    /// A page with text and no table.
    case noTable = "no-table"
    /// A table with a header and no rows.
    case emptyTable = "empty-table"
    /// Other words that mean the same, in another order of columns.
    case changedHeaders = "changed-headers"
    /// Words for the columns that nobody knows.
    case foreignHeaders = "foreign-headers"
    /// Dates as `2026-03-02`, `3/2/2026` and `2-Mar-2026` by turns.
    case mixedDates = "mixed-dates"
    /// One row in ten has a date that does not exist.
    case impossibleDates = "impossible-dates"
    /// Each row twice.
    case duplicateRows = "duplicate-rows"
    /// The first row of each day is held by somebody whom nobody knows.
    case unknownNames = "unknown-names"
    /// Last names only, so that two people may be meant.
    case ambiguousNames = "ambiguous-names"
    /// One row in ten has no start time.
    case blankCells = "blank-cells"
    /// Bytes that no UTF-8 text holds, declared as UTF-8.
    case undecodable
}

/// What can be wrong with the bytes of an answer.
enum WireFault: Sendable, Hashable {
    /// A TCP reset in place of an answer.
    case reset
    /// A TCP reset after half the body.
    case halfThenReset
    /// One byte of the body a second.
    case slowBytes
    /// Nothing at all, and the connection stays open.
    case hang
    /// A Content-Length of twice the body, and the end of the connection after the body.
    case lengthTooLong
    /// A Content-Length of half the body.
    case lengthTooShort
    /// Bytes that are no HTTP.
    case notHTTP
    /// So many redirects, one after the other, before the answer.
    case redirects(Int)
    /// A redirect to a URL.
    case redirect(String)
    /// 64 MiB of blanks in 0.4 MB of gzip.
    case gzipBomb
    /// The body filled up with blanks to so many bytes.
    case bodySize(Int)
    /// A status in place of an answer.
    case status(Int)

    /// What an HTTP client may take of a body (domain.md section 5.5).
    static let bodyLimit = 5 * 1024 * 1024
    /// Where clouds keep what their machines may know.
    static let metadataURL = "http://169.254.169.254/latest/meta-data/"

    private static let plain: [String: WireFault] = [
        "reset": .reset, "half-then-reset": .halfThenReset, "slow-bytes": .slowBytes, "hang": .hang,
        "length-too-long": .lengthTooLong, "length-too-short": .lengthTooShort, "not-http": .notHTTP,
        "redirect-metadata": .redirect(metadataURL), "gzip-bomb": .gzipBomb, "body-at-limit": .bodySize(bodyLimit),
        "body-too-long": .bodySize(bodyLimit + 1),
    ]

    /// The fault of a name; `nil` for an unknown one or a wrong value.
    init?(name: String, value: String?) {
        switch (name, value) {
        case ("redirects", let value?):
            guard let number = Int(value), (1...1000).contains(number) else { return nil }
            self = .redirects(number)
        case ("redirect", let value?):
            self = .redirect(value)
        case ("status", let value?):
            guard let number = Int(value), (200...599).contains(number) else { return nil }
            self = .status(number)
        case (_, nil):
            guard let fault = Self.plain[name] else { return nil }
            self = fault
        default:
            return nil
        }
    }

    /// Every name as `--help` lists it.
    static let names = plain.keys.sorted() + ["redirects=N", "redirect=URL", "status=N"]
}
