// Calls that end the process, or that go round the type system, the log or the target's limits.

import Testing

@Suite struct BannedCallTests {
    struct Ban {
        let call: String
        let instead: String
        /// Folders or files where it is allowed.
        var except: [String] = []
    }

    /// Traps that only a mistake of our own can reach. Each says why.
    static let traps: [(path: String, reason: String)] = [
        ("Sources/Shared/Paths/PathPattern.swift", "patterns in source code, tested by their use"),
        ("Sources/Shared/Paths/KeyTemplate.swift", "templates in source code, tested by their use"),
        (
            "Sources/Shared/Cryptography/Algorithms.swift",
            "nothing may go on with a digest or nonce that was not made"
        ),
        ("Sources/PluginProtocol/Wire/Codec/Arena.swift", "an arena without a budget never fails"),
        ("Sources/Core/Storage/LMDB/WithBytes.swift", "withUTF8 always calls its body"),
        ("Sources/Core/Barrier/EntryLayout.swift", "withUTF8 always calls its body"),
        ("Sources/Core/Kernel/Policy/BuiltInPolicies.swift", "policies in source code, tested"),
    ]

    static let bans = [
        Ban(call: "try!", instead: "handle the error, or say in the signature that it throws"),
        Ban(call: "as!", instead: "as? and an answer for the other case"),
        Ban(call: "fatalError(", instead: "a thrown error with a code"),
        Ban(
            call: "preconditionFailure(",
            instead: "a thrown error with a code; if only our own mistake can reach it, a line "
                + "with the reason in BannedCallTests.traps", except: traps.map(\.path)),
        Ban(call: "assertionFailure(", instead: "a thrown error: a release build passes over it"),
        Ban(call: "unsafeBitCast", instead: "a conversion with a name, such as init(bitPattern:)"),
        Ban(call: "unowned(unsafe)", instead: "unowned, or weak"),
        Ban(
            call: "print(", instead: "the logger; standard output belongs to the command line",
            except: ["Sources/CLI/", "Sources/Core/Daemon/"]),
        Ban(call: "debugPrint(", instead: "the logger"),
        Ban(call: "dump(", instead: "the logger, and never a value that may hold a secret"),
        Ban(call: "import Foundation", instead: "Glibc, Synchronization and the Shared targets"),
        Ban(call: "import FoundationEssentials", instead: "Glibc, and the Shared targets"),
        Ban(call: "import Dispatch", instead: "a task, an event loop or a thread that is joined"),
    ]

    static func banned(_ source: SwiftSource) -> [Finding] {
        bans.filter { ban in !ban.except.contains { source.path.hasPrefix($0) } }
            .flatMap { ban in
                source.lines.filter { $0.code.contains(word: ban.call) }
                    .map { source.finding($0, "\(ban.call) is banned; use \(ban.instead)") }
            }
    }

    @Test("the product has no banned call")
    func product() { expectNone(Repository.productFiles.flatMap(Self.banned)) }

    @Test("no exception outlives its reason")
    func exceptions() {
        for (path, _) in Self.traps {
            let source = Repository.productFiles.first { $0.path == path }
            let isUsed = source?.lines.contains { $0.code.contains(word: "preconditionFailure(") }
            #expect(isUsed == true, "\(path) has no trap any more; take it off the list")
        }
    }

    @Test("the rule sees code and nothing else")
    func ruleFires() {
        let source = { SwiftSource(path: "Sources/Core/Kernel/x.swift", text: $0) }
        let calls = "try! f()\n// try! f()\n\"try!\"\nx as! Y\ninternal import Foundation\nprint(1)"
        #expect(Self.banned(source(calls)).map(\.line) == [1, 4, 6, 5])
        #expect(Self.banned(SwiftSource(path: "Sources/CLI/x.swift", text: "print(1)")).isEmpty)
    }
}
