// Headers that a listener's configuration adds to answers, by status.

/// Which headers go with which status: those for all, over them those for its hundred, over them
/// those for itself. Ready as bytes, so that an answer pays for a look-up.
public struct CustomHeaders: Sendable, Equatable {
    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The statuses that some headers are for.
    public enum Scope: Sendable, Hashable {
        case all
        /// The first digit.
        case hundred(Int)
        case status(Int)

        /// `default`, `2xx` or `404`.
        public init?(_ text: String) {
            if text == "default" {
                self = .all
            } else if text.utf8.count == 3, let digit = text.utf8.first, text.hasSuffix("xx"),
                (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(digit)
            {
                self = .hundred(Int(digit) - 0x30)
            } else if text.utf8.count == 3, let status = Int(text), (100...599).contains(status) {
                self = .status(status)
            } else {
                return nil
            }
        }
    }

    /// Headers as they stand in an answer.
    struct Lines: Sendable, Equatable {
        let bytes: [UInt8]
        /// In lower case. What else an answer has under these names is left out.
        let names: Set<String>
    }

    private var byStatus: [Int: Lines] = [:]
    private var byHundred: [Int: Lines] = [:]
    private var forAll: Lines?

    public static let none = CustomHeaders([:])

    public init(_ headers: [Scope: [Header]]) {
        func lines(_ scopes: [Scope]) -> Lines? {
            var merged: [Header] = []
            for header in scopes.flatMap({ headers[$0] ?? [] }) {
                let name = header.name.lowercased()
                merged.removeAll { $0.name.lowercased() == name }
                merged.append(header)
            }
            if merged.isEmpty { return nil }
            return Lines(
                bytes: merged.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) },
                names: Set(merged.map { $0.name.lowercased() }))
        }
        forAll = lines([.all])
        for digit in 1...5 { byHundred[digit] = lines([.all, .hundred(digit)]) }
        for case .status(let status) in headers.keys {
            byStatus[status] = lines([.all, .hundred(status / 100), .status(status)])
        }
    }

    func lines(for status: Int) -> Lines? {
        if byStatus.isEmpty, byHundred.isEmpty { return forAll }
        return byStatus[status] ?? byHundred[status / 100] ?? forAll
    }

    // MARK: What may be configured

    /// Why a header of this name is the server's own business; `nil` if it is not.
    public static func refusal(ofName name: String) -> String? {
        guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else {
            return "it is no header's name"
        }
        let lowered = name.lowercased()
        if lowered.hasPrefix("x-vault-") { return "X-Vault- headers are the server's own" }
        if lowered.hasPrefix("access-control-") {
            return "browsers are told by sys/config/cors from where they may come"
        }
        switch lowered {
        case "cache-control", "connection", "content-encoding", "content-length", "content-type",
            "date", "keep-alive", "location", "retry-after", "trailer", "transfer-encoding",
            "upgrade", "vary":
            return "the server sets it itself"
        default: return nil
        }
    }

    /// A value must not begin another header.
    public static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// All names for whatever status, in lower case.
    var names: Set<String> {
        (Array(byStatus.values) + Array(byHundred.values) + (forAll.map { [$0] } ?? []))
            .reduce(into: []) { $0.formUnion($1.names) }
    }
}
