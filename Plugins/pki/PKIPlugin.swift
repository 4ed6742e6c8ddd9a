// The PKI secrets engine: a certificate authority that answers requests. Keys of authorities never
// leave it unless they were made to be exported; keys of those it certifies are not stored.

import PluginSDK

@main
struct PKIPlugin: Plugin {
    static let name = "pki"
    static let version = "0.1.0"
    static let type = PluginType.secret

    func engine(for mount: MountConfiguration) throws -> Engine { pkiEngine(mount) }
}
