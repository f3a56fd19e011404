import Foundation

/// A moment as `google.protobuf.Timestamp` writes it.
struct WireTimestamp: Hashable {
    /// Unix seconds.
    var seconds: Int64
    /// Nanoseconds after ``seconds``, 0 to 999,999,999.
    var nanoseconds: Int32

    /// 1970-01-01, which an absent Timestamp stands for.
    static let epoch = WireTimestamp(seconds: 0, nanoseconds: 0)
    /// Year 1: Go's zero time, which stands for "never".
    static let goZero = WireTimestamp(seconds: -62_135_596_800, nanoseconds: 0)

    /// The moment as a date, exact to about 0.1 µs.
    var date: Date { Date(timeIntervalSince1970: Double(seconds) + Double(nanoseconds) / 1e9) }
}

extension WireTimestamp {
    /// Writes a date to the microsecond, which is all that `Date` holds reliably; `nil` outside the years 1 to 9999.
    init?(_ date: Date) {
        // Split before scaling: whole seconds and their fraction are each exact in a Double.
        let whole = date.timeIntervalSince1970.rounded(.down)
        guard whole >= -62_135_596_800, whole < 253_402_300_800 else { return nil }
        // Taken from the reference date, where a Date keeps its digits; 1970 minus 2001 is a whole number of seconds.
        let reference = date.timeIntervalSinceReferenceDate
        let microseconds = Int64(((reference - reference.rounded(.down)) * 1e6).rounded())
        let seconds = Int64(reference.rounded(.down)) + Int64(Date.timeIntervalBetween1970AndReferenceDate)
        self.init(
            seconds: seconds + microseconds / 1_000_000, nanoseconds: Int32(microseconds % 1_000_000) * 1000)
    }
}
