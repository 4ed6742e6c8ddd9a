// A plugin's version: semantic, or none.

internal import Paths

/// Shown with its `v` and all three numbers, whatever was left out where it was given.
struct PluginVersion: Sendable, Hashable, Comparable {
    /// Such as `v1.2.3-rc1+build`; "" for none.
    let text: String
    private let numbers: [UInt64]
    /// Parts of what follows a `-`.
    private let prerelease: [String]

    static let none = PluginVersion()

    private init() {
        text = ""
        numbers = []
        prerelease = []
    }

    var isNone: Bool { text.isEmpty }

    init(_ given: String) throws(BackendFailure) {
        guard !given.isEmpty else {
            self = .none
            return
        }
        guard let version = PluginVersion(parsing: given) else {
            let shown = VisibleText.escaping(String(given.prefix(128)))
            throw BackendFailure(
                .invalidRequest,
                "version \"\(shown)\" is not a valid semantic version: give it as in \"v1.2.3\"")
        }
        self = version
    }

    init?(parsing given: String) {
        guard given.utf8.count <= KernelLimits.pluginVersionBytes else { return nil }
        let bare = given.utf8.first == UInt8(ascii: "v") ? given.dropFirst() : given[...]
        let (rest, metadata) = Self.cut(bare, at: "+")
        let (core, prerelease) = Self.cut(rest, at: "-")
        var numbers: [UInt64] = []
        for part in core.split(separator: ".", omittingEmptySubsequences: false) {
            guard part.utf8.allSatisfy(Self.isDigit), let number = UInt64(part) else { return nil }
            numbers.append(number)
        }
        guard (1...3).contains(numbers.count) else { return nil }
        while numbers.count < 3 { numbers.append(0) }
        guard Self.isIdentifiers(prerelease), Self.isIdentifiers(metadata) else { return nil }
        self.numbers = numbers
        self.prerelease = prerelease?.split(separator: ".").map(String.init) ?? []
        text =
            "v" + numbers.map(String.init).joined(separator: ".")
            + (prerelease.map { "-" + $0 } ?? "") + (metadata.map { "+" + $0 } ?? "")
    }

    private static func cut(_ text: Substring, at mark: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isIdentifiers(_ text: Substring?) -> Bool {
        guard let text else { return true }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
                        true
                    default: isDigit($0)
                    }
                }
        }
    }

    /// A release is newer than what came before it; versions that differ in their build only are
    /// in some order that is always the same.
    static func < (left: PluginVersion, right: PluginVersion) -> Bool {
        if left.numbers != right.numbers {
            return left.numbers.lexicographicallyPrecedes(right.numbers)
        }
        if left.prerelease != right.prerelease {
            guard !left.prerelease.isEmpty, !right.prerelease.isEmpty else {
                return right.prerelease.isEmpty
            }
            return left.prerelease.lexicographicallyPrecedes(right.prerelease, by: precedes)
        }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Numbers by their size and before words, which are in alphabetic order.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        switch (UInt64(left), UInt64(right)) {
        case (let left?, let right?): left < right
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): left.utf8.lexicographicallyPrecedes(right.utf8)
        }
    }

    /// The same release, whatever the builds are called.
    func isSameRelease(as other: PluginVersion) -> Bool {
        numbers == other.numbers && prerelease == other.prerelease
    }
}
