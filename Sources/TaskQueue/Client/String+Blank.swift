extension String {
    /// Whether there is nothing but white space; such a name is refused everywhere, as in asynq.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
