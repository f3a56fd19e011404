import TaskEvents

/// Puts events on the screen, or on standard output as JSON.
struct WatchScreen {
    private static let clearLine = "\r\u{1B}[K"

    private let console: Console
    private var view: WatchView
    private var hasStatus = false

    /// Makes a screen.
    ///
    /// - Parameters:
    ///   - console: Where words go.
    ///   - namesTask: Whether each line names its task.
    init(console: Console, namesTask: Bool) {
        self.console = console
        view = WatchView(
            redraws: console.isTerminal, colour: Colour(isOn: console.usesColour), namesTask: namesTask)
    }

    /// Shows an event.
    mutating func show(_ event: TaskEvent) {
        if console.isJSON {
            console.data(String(decoding: event.encoded(), as: UTF8.self))
            // For a person who reads standard error on a terminal; in a pipe the objects say it all.
            guard console.isTerminal else { return }
        }
        let update = view.show(event)
        clear()
        for line in update.lines { console.say(line) }
        guard let status = update.status else { return }
        console.draw(status)
        hasStatus = true
    }

    /// Shows lines below everything else.
    mutating func show(lines: [String]) {
        clear()
        for line in lines { console.say(line) }
    }

    /// Takes the line away that would be drawn over.
    mutating func clear() {
        if hasStatus { console.draw(Self.clearLine) }
        hasStatus = false
    }
}
