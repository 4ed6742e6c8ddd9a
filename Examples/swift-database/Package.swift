// swift-tools-version: 6.2
// A plugin in a package of its own. In yours, name the SDK by its address:
// `.package(url: "…", from: "0.1.0")` instead of a path.

import PackageDescription

let sdk: Target.Dependency = .product(name: "CofferPluginSDK", package: "coffer")

let package = Package(
    name: "redis-acl",
    products: [.executable(name: "coffer-plugin-redis-acl", targets: ["RedisACL"])],
    dependencies: [.package(name: "coffer", path: "../..")],
    targets: [
        .executableTarget(name: "RedisACL", dependencies: [sdk]),
        .testTarget(name: "RedisACLTests", dependencies: ["RedisACL", sdk]),
    ]
)
