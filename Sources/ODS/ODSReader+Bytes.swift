import Zip

extension ODSReader {
    /// Reads a workbook that is in memory; the same as reading a file.
    package func read<Handler: ODSHandler>(_ bytes: [UInt8], handler: inout Handler) throws {
        try read(.memory(bytes), handler: &handler)
    }
}
