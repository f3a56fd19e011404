import Postgres
package import ScheduleModel

extension ImportRequest {
    /// How many bytes of values the one write of a draft sends: what encoding it makes, for benchmarks and for limits of memory.
    ///
    /// - Parameter draft: What would be written.
    /// - Returns: The bytes of all values in Postgres's text form.
    /// - Throws: `EncodingError` when the report cannot be encoded.
    package func encodedBytes(of draft: ScheduleDraft) throws -> Int {
        try ImportWrite.statement(draft, version: versionID, request: self).textBytes
    }
}
