// What connections of other makers' libraries are to show and to ask for. The libraries take keys
// from files only, and this process can write none; so OpenSSL is told when the handshake begins.

import CClientTLS
import Glibc

struct TLSWishes: Sendable {
    var identity: ClientIdentity?
    /// SNI, and whom the server's certificate has to be for. Empty leaves that to the library.
    var serverName = ""

    var isEmpty: Bool { identity == nil && serverName.isEmpty }

    /// Connects, and says whether a connection got what is wished for. `namePlace` is where the
    /// library has the name that it looks for itself.
    func fulfilled<Value>(
        namePlace: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = nil,
        _ connect: () -> Value
    ) -> (value: Value, wereMet: Bool) {
        if isEmpty { return (connect(), true) }
        return serverName.withCString { name in
            var wishes = coffer_tls_wishes(
                identity: identity?.pointer, server_name: serverName.isEmpty ? nil : name,
                name_place: serverName.isEmpty ? nil : namePlace)
            return withUnsafePointer(to: &wishes) { wishes in
                coffer_tls_wish_begin(wishes)
                let value = connect()
                return withExtendedLifetime(identity) { (value, coffer_tls_wish_end()) }
            }
        }
    }
}
