// swift-tools-version: 6.2
import PackageDescription

let sdk: Target.Dependency = .product(name: "CofferPluginSDK", package: "coffer")

let package = Package(
    name: "my-skeleton",
    products: [.executable(name: "coffer-plugin-my-skeleton", targets: ["MySkeletonDatabase"])],
    dependencies: [.package(name: "coffer", path: "../..")],
    targets: [
        .executableTarget(name: "MySkeletonDatabase", dependencies: [sdk]),
        .testTarget(name: "MySkeletonDatabaseTests", dependencies: ["MySkeletonDatabase", sdk]),
    ]
)
