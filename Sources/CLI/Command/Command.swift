// A command is a value: its words, what it says about itself, its flags and what it does. Each one
// stands in a file of its own under Commands/.

struct Example: Sendable {
    let says: String
    let lines: [String]

    init(_ says: String, _ lines: String...) {
        self.says = says
        self.lines = lines
    }
}

/// How many positional arguments a command takes.
struct ArgumentCount: Sendable {
    let range: ClosedRange<Int>
    let says: String

    static let none = ArgumentCount(range: 0...0, says: "0")
    static let optional = ArgumentCount(range: 0...1, says: "0-1")
    static func exactly(_ count: Int) -> ArgumentCount {
        ArgumentCount(range: count...count, says: "\(count)")
    }
    static func between(_ low: Int, _ high: Int) -> ArgumentCount {
        ArgumentCount(range: low...high, says: "\(low)-\(high)")
    }
    static func atLeast(_ count: Int) -> ArgumentCount {
        ArgumentCount(range: count...Int.max, says: "at least \(count)")
    }

    func check(_ count: Int) throws(UsageError) {
        if count < range.lowerBound {
            throw UsageError("Not enough arguments (expected \(says), got \(count))")
        }
        if count > range.upperBound {
            throw UsageError("Too many arguments (expected \(says), got \(count))")
        }
    }
}

struct Command: Sendable {
    typealias Body = @Sendable (Invocation) async throws -> ExitCode

    /// The families of flags that come with talking to a server and with printing its answer.
    enum Family: Sendable { case http, format, field }

    let words: [String]
    let synopsis: String
    let usageTail: String
    let about: String
    let examples: [Example]
    let families: Set<Family>
    let ownFlags: [Flag]
    let takes: ArgumentCount
    let body: Body

    init(
        _ words: String, _ synopsis: String, usage: String = "", about: String,
        examples: [Example] = [], families: Set<Family> = [.http, .format], flags: [Flag] = [],
        takes: ArgumentCount, body: @escaping Body
    ) {
        self.words = words.split(separator: " ").map(String.init)
        self.synopsis = synopsis
        self.usageTail = usage
        self.about = about
        self.examples = examples
        self.families = families
        self.ownFlags = flags
        self.takes = takes
        self.body = body
    }

    var name: String { words.joined(separator: " ") }

    var flagGroups: [(title: String, flags: [Flag])] {
        var output: [Flag] = []
        if families.contains(.field) { output.append(.field) }
        if families.contains(.format) { output.append(.format) }
        let groups = [
            ("Command options", ownFlags), ("Output options", output),
            ("HTTP options", families.contains(.http) ? Flag.http : []),
        ]
        return groups.filter { !$0.1.isEmpty }
    }

    var flags: [Flag] { flagGroups.flatMap(\.flags) }
}

/// A word that only leads to further words: `coffer kv`.
struct CommandGroup: Sendable {
    let words: [String]
    let synopsis: String
    let about: String
    let examples: [Example]

    init(_ words: String, _ synopsis: String, about: String, examples: [Example] = []) {
        self.words = words.split(separator: " ").map(String.init)
        self.synopsis = synopsis
        self.about = about
        self.examples = examples
    }
}
