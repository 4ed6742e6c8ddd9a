// Reads one block of the configuration by type, notes what is wrong, and says at the end which keys
// nobody asked for.

import HCL

/// A value and where it stood, for checks that need several of them.
struct Located<Value> {
    let value: Value
    let source: String
    let position: HCLPosition?
}

final class SectionReader {
    let source: String
    let body: HCLBody
    let problems: ProblemLog
    /// For messages: ` in listener "tcp"`, or nothing at the top level.
    private let place: String
    private var asked: Set<String> = []

    init(_ body: HCLBody, source: String, place: String = "", problems: ProblemLog) {
        self.body = body
        self.source = source
        self.place = place.isEmpty ? "" : " in \(place)"
        self.problems = problems
    }

    // MARK: Typed values

    func string(_ key: String) -> Located<String>? {
        read(key, "a string that is not empty") { value in
            value.stringValue.flatMap { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }
        }
    }

    func bool(_ key: String) -> Located<Bool>? {
        read(key, "true or false", ConfigurationValues.bool)
    }

    func int(_ key: String, in range: ClosedRange<Int>) -> Located<Int>? {
        read(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
            ConfigurationValues.int(value).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func bytes(_ key: String, in range: ClosedRange<Int>) -> Located<Int>? {
        let expected =
            "a size from \(range.lowerBound) to \(range.upperBound) bytes, "
            + "such as 1048576 or \"1MiB\""
        return read(key, expected) { value in
            ConfigurationValues.bytes(value).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func duration(_ key: String) -> Located<Duration>? {
        read(key, "a duration, such as 90, \"90s\" or \"768h\"") { $0.durationValue }
    }

    /// For what the server counts in seconds: a part of one would be taken for something else, such
    /// as the default, which 0 stands for.
    func seconds(_ key: String) -> Located<Duration>? {
        guard let found = duration(key) else { return nil }
        guard found.value == .zero || found.value >= .seconds(1) else {
            error(at: found.position, "\(key)\(place) must be at least 1s, or 0 for the default")
            return nil
        }
        return found
    }

    func permissions(_ key: String) -> Located<UInt32>? {
        read(key, "octal permissions, such as \"0600\"", ConfigurationValues.permissions)
    }

    func strings(_ key: String) -> Located<[String]>? {
        read(key, "a list of strings", ConfigurationValues.strings)
    }

    func url(_ key: String) -> Located<String>? {
        read(key, "a full URL, such as \"https://10.0.0.1:8200\"") { value in
            value.stringValue.flatMap { ConfigurationValues.isURL($0) ? $0 : nil }
        }
    }

    func address(_ key: String) -> Located<ListenAddress>? {
        read(key, "a host and a port, such as \"127.0.0.1:8200\"") { value in
            value.stringValue.flatMap { ListenAddress($0) }
        }
    }

    /// One of a few words, in whatever case.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Word.Type, aliases: [String: Word] = [:]
    ) -> Located<Word>? {
        let words = type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return read(key, "one of \(words)") { value in
            value.stringValue.flatMap { text in
                let lowered = text.lowercased()
                return aliases[lowered] ?? Word(rawValue: lowered)
            }
        }
    }

    /// A value of any kind, for checks of the caller's own.
    func value(_ key: String) -> Located<HCLValue>? {
        read(key, "a value") { $0 }
    }

    private func read<Value>(
        _ key: String, _ expected: String, _ convert: (HCLValue) -> Value?
    ) -> Located<Value>? {
        asked.insert(key)
        guard let item = body.items(named: key).last else { return nil }
        guard case .attribute(let attribute) = item else {
            error(at: item.position, "\(key)\(place) must be \(expected), not a block")
            return nil
        }
        guard let value = convert(attribute.value) else {
            error(at: attribute.value.position, "\(key)\(place) must be \(expected)")
            return nil
        }
        return Located(value: value, source: source, position: attribute.value.position)
    }

    // MARK: Blocks

    func sections(_ name: String, labelCount: Int) -> [HCLSection] {
        asked.insert(name)
        do {
            return try body.sections(name, labelCount: labelCount)
        } catch {
            self.error(at: error.position, error.message)
            return []
        }
    }

    // MARK: Problems

    func error(at position: HCLPosition?, _ message: String) {
        problems.error(source, position, message)
    }

    func warning(at position: HCLPosition?, _ message: String) {
        problems.warning(source, position, message)
    }

    /// A warning for every key that was not asked for: one that other servers know is not a
    /// mistake, but it has no effect here.
    func finish(foreignKeys: Set<String> = []) {
        for item in body.items where !asked.contains(where: item.name.hasSameBytes) {
            if foreignKeys.contains(where: item.name.hasSameBytes) {
                warning(
                    at: item.position, "\(item.name)\(place) is not supported and has no effect")
            } else {
                warning(
                    at: item.position,
                    "unknown or unsupported field \(Self.quoted(item.name))\(place)")
            }
        }
    }

    static func quoted(_ name: String) -> String {
        let scalars = name.unicodeScalars.prefix(64).map { scalar in
            scalar.isASCII && scalar.value > 0x1F && scalar.value < 0x7F && scalar != "\""
                ? scalar : "?"
        }
        return "\"" + String(String.UnicodeScalarView(scalars)) + "\""
    }
}
