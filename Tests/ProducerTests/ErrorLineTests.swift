import ScheduleTasks
import TaskEvents
import TaskQueue
import Testing

@testable import schedcu

@Suite struct ErrorLineTests {
    @Test func `an error is one line without control characters`() {
        let line = ErrorLine(CommandFailure(.failed, "file", "bad\nthing\u{1B}[2J. mend it"), usage: "")
        #expect(line.text == "schedcu: error: file: bad thing [2J. mend it")
        #expect(line.status == .failed)
    }

    @Test func `a refused enqueue is 1 and an own bug is 70`() {
        struct Surprise: Error {}
        #expect(ErrorLine(EnqueueError(.taskIDConflict, "x"), usage: "").status == .failed)
        #expect(ErrorLine(Surprise(), usage: "").status == .bug)
    }

    @Test func `an exit status that was told already has no line`() {
        let line = ErrorLine(ExitStatus.partial.exitCode, usage: "")
        #expect(line.status == .partial)
        #expect(line.text == nil)
    }

    @Test func `of several outcomes the worst is the exit status`() {
        #expect(ExitStatus.done.worse(.partial) == .partial)
        #expect(ExitStatus.failed.worse(.partial) == .failed)
        #expect(ExitStatus.unusableFile.worse(.done) == .unusableFile)
    }
}
