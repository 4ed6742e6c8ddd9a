// The checkout engine: accounts that several people share, and only one of them has at a time.
//
// An operator writes a set of accounts. Whoever needs one checks it out and gets it with a lease; when
// the lease ends, the account is free again.

import PluginSDK

@main
struct CheckoutPlugin: Plugin {
    static let name = "checkout"
    static let version = "1.0.0"
    static let type = PluginType.secret

    func engine(for mount: MountConfiguration) throws -> Engine {
        Engine(paths: [setPath, setListPath, checkOutPath], leases: [account])
    }
}
