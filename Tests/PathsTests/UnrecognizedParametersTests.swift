import Paths
import Testing

@Suite struct UnrecognizedParametersTests {
    private static let text = "Endpoint ignored these unrecognized parameters: "

    @Test("the names are in order, and of none nothing is said") func order() {
        #expect(UnrecognizedParameters.warning([]) == nil)
        #expect(UnrecognizedParameters.warning(["b", "a", "B"]) == Self.text + "[B a b]")
    }

    @Test(
        "whatever the names are, the warning is short and one line",
        arguments: [
            String(repeating: "x", count: 100_000), String(repeating: "\u{FEFF}", count: 1_000),
            "e" + String(repeating: "\u{301}", count: 100_000),
            String(repeating: "\r\n", count: 1_000), String(repeating: "🙂", count: 1_000),
        ])
    func bounds(name: String) throws {
        let names = (0..<50).map { String($0) + name }
        let warning = try #require(UnrecognizedParameters.warning(names))
        #expect(warning.utf8.count < 3_000)
        #expect(warning.split(separator: " ").count == 5 + 10)
        #expect(VisibleText.escaping(warning) == warning)
    }
}
