// swift-tools-version: 6.2
// A plugin in a package of its own. In yours, name the SDK by its address:
// `.package(url: "…", from: "0.1.0")` instead of a path.

import PackageDescription

let sdk: Target.Dependency = .product(name: "CofferPluginSDK", package: "coffer")

let package = Package(
    name: "checkout",
    products: [.executable(name: "coffer-plugin-checkout", targets: ["Checkout"])],
    dependencies: [.package(name: "coffer", path: "../..")],
    targets: [
        .executableTarget(name: "Checkout", dependencies: [sdk]),
        .testTarget(name: "CheckoutTests", dependencies: ["Checkout", sdk]),
    ]
)
