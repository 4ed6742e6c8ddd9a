// swift-tools-version: 6.2
// The targets are the architecture: a target may import only what its dependency list names, and the
// build is run with `--explicit-target-dependency-import-check error`. See ARCHITECTURE.md.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A library target of the product and the tests that mirror it.
func library(
    _ name: String, _ path: String, _ dependencies: [Target.Dependency],
    testing extra: [Target.Dependency] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict),
        .testTarget(
            name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies + extra,
            path: "Tests/\(name)Tests", swiftSettings: strict),
    ]
}

/// An engine: an executable under `Plugins/<name>` that imports the SDK and nothing of the core.
/// With `permissions`, the C file in its folder `Permissions` declares what it may do.
func plugin(
    _ name: String, module: String, _ dependencies: [Target.Dependency] = [],
    permissions: Bool = false
) -> (module: String, product: Product, targets: [Target]) {
    let needs: [Target.Dependency] =
        ["PluginSDK", "Paths", "JSON", "Clock", "Network"] + dependencies
    let path = "Plugins/\(name)"
    let declaration: [Target] =
        permissions
        ? [
            .target(
                name: "C\(module)Permissions", path: path + "/Permissions", publicHeadersPath: ".")
        ] : []
    return (
        module,
        .executable(name: "coffer-plugin-\(name)", targets: [module]),
        declaration + [
            .executableTarget(
                name: module,
                dependencies: needs + declaration.map { .target(name: $0.name) }, path: path,
                exclude: permissions ? ["Permissions"] : [], swiftSettings: strict),
            .testTarget(
                name: "\(module)Tests",
                dependencies: [.target(name: module), "PluginTesting"] + needs
                    + declaration.map { .target(name: $0.name) },
                path: "Tests/Plugins/\(module)Tests", swiftSettings: strict),
        ]
    )
}

let plugins = [
    plugin("kv", module: "KV"),
    plugin(
        "auth-kubernetes", module: "KubernetesAuth", ["Cryptography", "HTTPClient"],
        permissions: true),
    plugin("transit", module: "Transit", ["Cryptography", "Ed25519Variants"]),
    plugin("auth-approle", module: "AppRole", ["Cryptography"]),
    plugin("auth-userpass", module: "Userpass", ["Cryptography", "CCrypt"]),
    plugin("pki", module: "PKI", ["Cryptography", "Certificates", "CIDN2"]),
    plugin(
        "database", module: "Database",
        ["Cryptography", "Certificates", "CClientTLS", "CPostgreSQL", "CMariaDB", "CHiredis"],
        permissions: true),
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let nioHTTP: [Target.Dependency] =
    nio + [
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
    ]
let embedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let atomics: Target.Dependency = .product(name: "Atomics", package: "swift-atomics")

var targets: [Target] = [
    // C libraries from Debian, and the little C of our own.
    .systemLibrary(
        name: "COpenSSL", path: "Sources/Shared/COpenSSL", pkgConfig: "libcrypto",
        providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
        name: "CCrypt", path: "Sources/Shared/CCrypt", pkgConfig: "libcrypt",
        providers: [.apt(["libcrypt-dev"])]),
    .systemLibrary(
        name: "CPostgreSQL", path: "Sources/Shared/CPostgreSQL", pkgConfig: "libpq",
        providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
        name: "CMariaDB", path: "Sources/Shared/CMariaDB", pkgConfig: "libmariadb",
        providers: [.apt(["libmariadb-dev"])]),
    // What its pkg-config adds is not allowed here, and not needed.
    .systemLibrary(
        name: "CHiredis", path: "Sources/Shared/CHiredis",
        providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(
        name: "CIDN2", path: "Sources/Shared/CIDN2", pkgConfig: "libidn2",
        providers: [.apt(["libidn2-dev"])]),
    .systemLibrary(
        name: "CSodium", path: "Sources/Shared/CSodium", pkgConfig: "libsodium",
        providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(
        name: "CProtobufC", path: "Sources/PluginProtocol/CProtobufC", pkgConfig: "libprotobuf-c",
        providers: [.apt(["libprotobuf-c-dev"])]),
    .systemLibrary(
        name: "CLMDB", path: "Sources/Core/CLMDB", pkgConfig: "lmdb",
        providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(
        name: "CCurl", path: "Sources/Shared/CCurl", pkgConfig: "libcurl",
        providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CHTTPClient", dependencies: ["CCurl"], path: "Sources/Shared/CHTTPClient"),
    .target(
        name: "CClientTLS", path: "Sources/Shared/CClientTLS",
        linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    .target(
        name: "CMessages", dependencies: ["CProtobufC"], path: "Sources/PluginProtocol/CMessages"),
    .target(name: "CProcess", path: "Sources/Core/CProcess"),
    .target(name: "CFilesystem", path: "Sources/Core/CFilesystem"),
    .target(name: "CPrctl", path: "Sources/Shared/CPrctl"),

    // What the tests of several targets share.
    .target(
        name: "PluginTesting", dependencies: ["PluginSDK", "JSON", "Paths", "Clock", "Wire"],
        path: "Tests/Support/PluginTesting", swiftSettings: strict),
    .target(
        name: "KernelTesting",
        dependencies: ["Kernel", "Barrier", "Storage", "JSON", "Paths", "Cryptography", logging],
        path: "Tests/Support/KernelTesting", swiftSettings: strict),
    .target(name: "CHostile", path: "Tests/Support/CHostile"),
    // A plugin that misbehaves on demand.
    .executableTarget(
        name: "TestPlugin",
        dependencies: ["PluginSDK", "Wire", "Paths", "JSON", "CProcess", "CHostile"],
        path: "Tests/Support/TestPlugin", swiftSettings: strict),

    // The command line.
    .executableTarget(
        name: "coffer", dependencies: ["CLI", "Daemon"], path: "Sources/coffer",
        swiftSettings: strict),
]

// Shared leaves.
targets += library("JSON", "Sources/Shared/JSON", [])
targets += library("Clock", "Sources/Shared/Clock", [])
targets += library(
    "Cryptography", "Sources/Shared/Cryptography", ["COpenSSL"],
    testing: ["JSON", "Ed25519Variants"])
// A target of its own: libsodium is loaded where these signatures are made, and not in the server.
targets += [
    .target(
        name: "Ed25519Variants", dependencies: ["Cryptography", "CSodium"],
        path: "Sources/Shared/Ed25519Variants", swiftSettings: strict)
]
targets += library(
    "Certificates", "Sources/Shared/Certificates", ["Cryptography", "COpenSSL", "Clock"])
targets += library("Paths", "Sources/Shared/Paths", ["JSON"])
targets += library("HTTPClient", "Sources/Shared/HTTPClient", ["CHTTPClient"])
targets += library("Metrics", "Sources/Shared/Metrics", ["JSON", "Clock"])
targets += library("Network", "Sources/Shared/Network", [])

// The plugin protocol. A plugin imports PluginSDK and never the core.
targets += library("Wire", "Sources/PluginProtocol/Wire", ["CMessages", "CProtobufC"])
targets += library(
    "PluginSDK", "Sources/PluginProtocol/SDK",
    ["Wire", "Paths", "JSON", "Clock", "Network", "CPrctl"], testing: ["PluginTesting"])
// What every plugin is held to; other people run it with `coffer plugin test`.
targets += [
    .target(
        name: "Conformance", dependencies: ["Wire", "Paths", "JSON", "Clock", "CProcess"],
        path: "Sources/PluginProtocol/Conformance", swiftSettings: strict),
    // What `coffer plugin init` writes.
    .target(name: "CTemplates", path: "Sources/PluginProtocol/CTemplates"),
]

// The core. Kernel cannot name Storage, so nothing above the barrier can write plaintext.
targets += library("Storage", "Sources/Core/Storage", ["CLMDB"])
targets += library(
    "Barrier", "Sources/Core/Barrier", ["Storage", "Cryptography", "Clock", "Metrics"])
targets += library("HCL", "Sources/Core/HCL", ["JSON"])
targets += library(
    "Audit", "Sources/Core/Audit",
    ["JSON", "Cryptography", "Clock", "Metrics", "CFilesystem", logging, atomics])
targets += library(
    "Kernel", "Sources/Core/Kernel",
    [
        "Audit", "Barrier", "Cryptography", "JSON", "Paths", "HCL", "Clock", "Metrics", "Network",
        logging, atomics,
    ],
    testing: ["KernelTesting", "Storage"])
targets += library(
    "PluginHost", "Sources/Core/PluginHost",
    ["Kernel", "Barrier", "Wire", "JSON", "Paths", "Cryptography", "Clock", "CProcess", logging]
        + nio,
    testing: ["TestPlugin", "Storage", embedded])
targets += library(
    "HTTPAPI", "Sources/Core/HTTPAPI",
    ["Kernel", "JSON", "Paths", "Cryptography", "Clock", logging, atomics] + nioHTTP,
    testing: [embedded])
targets += library(
    "Daemon", "Sources/Core/Daemon",
    [
        "Kernel", "PluginHost", "HTTPAPI", "Barrier", "Storage", "Cryptography", "Certificates",
        "HCL", "JSON", "Paths", "Clock", "CPrctl", "Metrics", "Network", logging,
    ] + nioHTTP)
// The command line knows the server by its HTTP API only.
targets += library(
    "CLI", "Sources/CLI",
    ["Conformance", "CTemplates", "JSON", "HCL", "Cryptography", "Certificates", "Clock"]
        + nioHTTP)

// Suites that belong to no single target.
targets += [
    .testTarget(
        name: "ConformanceTests",
        dependencies: [
            "Conformance", "Wire", "CProcess", "TestPlugin",
        ] + plugins.map { .target(name: $0.module) },
        path: "Tests/Conformance", swiftSettings: strict),
    .testTarget(
        name: "ArchitectureTests", path: "Tests/Architecture", swiftSettings: strict),
]
targets += plugins.flatMap(\.targets)

let package = Package(
    name: "coffer",
    products: [
        .executable(name: "coffer", targets: ["coffer"]),
        .library(
            name: "CofferPluginSDK",
            targets: ["PluginSDK", "Paths", "JSON", "Clock", "Network", "PluginTesting"]),
    ] + plugins.map(\.product),
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
    ],
    targets: targets
)
