// Who may import whom. Package.swift holds the same with the compiler; here a new dependency there
// does not go unseen.

import Testing

@Suite struct ImportTests {
    static let system: Set = ["Swift", "Glibc", "Synchronization"]
    static let network: Set = ["NIOCore", "NIOPosix"]
    static let http: Set = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL"]

    /// A target's folder and what it may import besides the system's modules.
    static let allowed: [String: Set<String>] = [
        "Sources/Shared/JSON": [],
        "Sources/Shared/Clock": [],
        "Sources/Shared/Cryptography": ["COpenSSL"],
        "Sources/Shared/Ed25519Variants": ["Cryptography", "CSodium"],
        "Sources/Shared/Certificates": ["Cryptography", "COpenSSL", "Clock"],
        "Sources/Shared/Paths": ["JSON"],
        "Sources/Shared/HTTPClient": ["CHTTPClient"],
        "Sources/Shared/Metrics": ["JSON", "Clock"],
        "Sources/Shared/Network": [],
        // The protocol stands alone: another language's plugin could be checked against it.
        "Sources/PluginProtocol/Wire": ["CMessages", "CProtobufC"],
        "Sources/PluginProtocol/SDK": ["Wire", "Paths", "JSON", "Clock", "Network", "CPrctl"],
        "Sources/PluginProtocol/Conformance": ["Wire", "Paths", "JSON", "Clock", "CProcess"],
        "Sources/Core/Storage": ["CLMDB"],
        "Sources/Core/Barrier": ["Storage", "Cryptography", "Clock", "Metrics"],
        "Sources/Core/HCL": ["JSON"],
        // Not Storage: nothing above the barrier can write plaintext. Not NIO: no sockets. Not
        // Wire: the kernel knows backends, not processes.
        "Sources/Core/Audit": [
            "CFilesystem",
            "JSON", "Cryptography", "Clock", "Metrics", "Logging", "Atomics",
        ],
        "Sources/Core/Kernel": [
            "Audit",
            "Barrier", "Cryptography", "JSON", "Paths", "HCL", "Clock", "Logging", "Atomics",
            "Metrics", "Network",
        ],
        // Neither Storage nor Barrier: a plugin's keys go through its mount's own storage.
        "Sources/Core/PluginHost": network.union([
            "Kernel", "Wire", "JSON", "Paths", "Cryptography", "Clock", "CProcess", "Logging",
        ]),
        "Sources/Core/HTTPAPI": http.union([
            "Kernel", "JSON", "Paths", "Cryptography", "Clock", "Logging", "Atomics",
        ]),
        "Sources/Core/Daemon": http.union([
            "Kernel", "PluginHost", "HTTPAPI", "Barrier", "Storage", "Cryptography",
            "Certificates", "HCL", "JSON", "Paths", "Clock", "CPrctl", "Metrics", "Network",
            "Logging",
        ]),
        // The command line knows the server by its HTTP API only.
        "Sources/CLI": http.union([
            "Conformance", "CTemplates", "JSON", "HCL", "Cryptography", "Certificates", "Clock",
        ]),
        "Sources/coffer": ["CLI", "Daemon"],
        // Never the core: an engine of ours has no door that another's has not.
        "Plugins": [
            "PluginSDK", "Paths", "JSON", "Clock", "Network", "Cryptography", "CCrypt",
            "Certificates",
            "CPostgreSQL",
            "HTTPClient", "CMariaDB", "CHiredis", "CClientTLS", "CIDN2",
            "Ed25519Variants",
        ],
    ]

    static func foreign(_ source: SwiftSource) -> [Finding] {
        guard let target = allowed.first(where: { source.path.hasPrefix($0.key + "/") }) else {
            return source.lines.prefix(1).map {
                source.finding($0, "say in ImportTests.allowed what this target may import")
            }
        }
        return source.lines.compactMap { line in
            guard let module = importedModule(line.code), !system.contains(module),
                !target.value.contains(module)
            else { return nil }
            return source.finding(line, "\(target.key) may not import \(module)")
        }
    }

    /// `public import struct Clock.Timestamp` imports `Clock`.
    static func importedModule(_ code: String) -> String? {
        let words = code.split(separator: " ")
        guard let position = words.firstIndex(of: "import"),
            words[..<position].allSatisfy({ isModifier($0) })
        else { return nil }
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
        ]
        let name = words[(position + 1)...].first { !kinds.contains($0) }
        return name?.split(separator: ".").first.map(String.init)
    }

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@")
            || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }

    @Test("a target imports what its place in the architecture allows")
    func imports() { expectNone(Repository.productFiles.flatMap(Self.foreign)) }

    // A mistake with a pointer into a peer's message is a hole in the server, so there is one place
    // to look for it.
    static let arena = "Sources/PluginProtocol/Wire/Codec/Arena.swift"

    static func pointers(_ source: SwiftSource) -> [Finding] {
        source.lines.filter { line in
            line.code.contains("protobuf_c_") || line.code.contains("ProtobufC")
                || line.code.contains(".pointee") || line.code.contains("assumingMemoryBound")
        }
        .filter { importedModule($0.code) == nil }
        .map { source.finding($0, "only \(arena) touches protobuf-c's pointers") }
    }

    @Test("one file touches protobuf-c's pointers, and its messages stay in the codec")
    func protobuf() {
        let wire = Repository.productFiles.filter {
            $0.path.hasPrefix("Sources/PluginProtocol/Wire/") && $0.path != Self.arena
        }
        expectNone(wire.flatMap(Self.pointers))
        let outside = wire.filter { !$0.path.hasPrefix("Sources/PluginProtocol/Wire/Codec/") }
        expectNone(
            outside.flatMap { source in
                source.lines.filter { Self.importedModule($0.code) == "CMessages" }
                    .map { source.finding($0, "only the codec knows the generated messages") }
            })
    }

    @Test("these rules find what they are for")
    func rulesFire() {
        let kernel = { SwiftSource(path: "Sources/Core/Kernel/x.swift", text: $0) }
        #expect(Self.foreign(kernel("internal import Storage")).count == 1)
        #expect(Self.foreign(kernel("@testable import HTTPAPI")).count == 1)
        #expect(Self.foreign(kernel("public import struct Wire.Hello")).count == 1)
        #expect(Self.foreign(kernel("public import Barrier\nimport Glibc\n// import Wire")).isEmpty)
        let plugin = SwiftSource(path: "Plugins/kv/x.swift", text: "import Kernel")
        #expect(Self.foreign(plugin).count == 1)
        let stranger = SwiftSource(path: "Sources/Core/New/x.swift", text: "// A new target.")
        #expect(Self.foreign(stranger).count == 1)
        #expect(Self.pointers(kernel("message.pointee.free()")).count == 1)
    }
}
