package import ScheduleModel
import Zip

extension ScheduleImporter {
    /// Reads a workbook that is in memory; the same as reading a file.
    package func read(
        _ bytes: [UInt8], onMessage: @escaping (ValidationMessage) -> Void = { _ in },
        onProgress: @escaping (ImportProgress) -> Void = { _ in }
    ) throws -> ScheduleDraft {
        try read(.memory(bytes), onMessage: onMessage, onProgress: onProgress)
    }
}
