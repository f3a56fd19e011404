/// The four task types of the application, with what each gives its tasks by default (domain 2).
package enum ScheduleTaskType: String, Sendable, CaseIterable, Codable {
    case odsImport = "ods:import"
    case amionScrape = "amion:scrape"
    case coverageCalculate = "coverage:calculate"
    case scheduleSync = "schedule:sync"

    /// Tries after the first.
    package var maxRetry: Int {
        switch self {
        case .odsImport: 3
        case .amionScrape, .scheduleSync: 2
        case .coverageCalculate: 1
        }
    }

    /// How long one try may take.
    ///
    /// - Parameter months: How many months are scraped; `nil` counts as 24, the most there can be.
    /// - Returns: The time limit.
    package func timeout(months: Int?) -> Duration {
        let scrape = max(.seconds(120), .seconds(30) + .seconds(10) * (months ?? 24))
        return switch self {
        case .odsImport: .seconds(600)
        case .amionScrape: scrape
        case .coverageCalculate: .seconds(120)
        case .scheduleSync: .seconds(720) + scrape
        }
    }

    /// How long a finished task is kept.
    package static let retention = Duration.seconds(24 * 3600)

    /// How long to wait before a retry, before ± 20 % jitter.
    ///
    /// - Parameter retried: Retries done so far, from 0.
    /// - Returns: 10, 30, 60, and then always 300 s.
    package static func retryDelay(retried: Int) -> Duration {
        switch retried {
        case ...0: .seconds(10)
        case 1: .seconds(30)
        case 2: .seconds(60)
        default: .seconds(300)
        }
    }
}

/// The names of the application's queues.
package enum ScheduleQueue {
    /// Where tasks go whose hospital the producer does not know.
    package static let shared = "default"
    /// How every hospital's queue begins.
    package static let hospitalPrefix = "hospital-"

    /// A hospital's own queue; `nil` when the code is none: `[A-Z0-9][A-Z0-9_-]{0,31}`.
    package static func name(hospitalCode code: String) -> String? {
        isValid(hospitalCode: code) ? hospitalPrefix + code : nil
    }

    /// Whether a text can be a hospital's code.
    package static func isValid(hospitalCode code: String) -> Bool {
        func isCapitalOrDigit(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (48...57).contains(byte) }
        guard let first = code.utf8.first, isCapitalOrDigit(first), code.utf8.count <= 32 else { return false }
        return code.utf8.allSatisfy { isCapitalOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}
