// What a request says and nobody reads: a name that is spelt wrong must not be taken for heard.

public enum UnrecognizedParameters {
    /// How many names a warning repeats, and how much of each.
    static let maxShown = 10
    static let maxCharacters = 64

    /// Vault's warning, which has the names in order; nil for none. It takes at most three
    /// kilobytes, whoever chose the names.
    public static func warning(_ names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let shown = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .prefix(maxShown).map { beginning(VisibleText.escaping(beginning($0))) }
        return "Endpoint ignored these unrecognized parameters: "
            + "[\(shown.joined(separator: " "))]"
    }

    /// By scalars: what Swift takes for one character may be of any length.
    private static func beginning(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(maxCharacters)))
    }
}
