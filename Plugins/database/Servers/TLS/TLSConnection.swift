// TLS over a socket that somebody else opened and closes.

import CClientTLS
import PluginSDK

struct TLSSettings: Sendable {
    /// In PEM; empty for those of the system.
    var authorities = ""
    var isVerified = true
    var identity: ClientIdentity?
}

/// Used by one thread at a time.
final class TLSConnection {
    private let pointer: OpaquePointer

    /// The socket has bounds for the time of reading and writing.
    init(socket: Int32, host: String, _ settings: TLSSettings) throws(DatabaseError) {
        var problem = [CChar](repeating: 0, count: 256)
        let pointer = host.withCString { host in
            settings.authorities.withCString { authorities in
                var values = coffer_tls_settings(
                    authorities: settings.authorities.isEmpty ? nil : authorities,
                    authority_bytes: settings.authorities.utf8.count,
                    is_unverified: !settings.isVerified, host: host,
                    identity: settings.identity?.pointer)
                return coffer_tls_connect(socket, &values, &problem, problem.count)
            }
        }
        guard let pointer else {
            let text = problem.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw DatabaseError(.unreachable, "TLS: " + String(decoding: text, as: UTF8.self))
        }
        self.pointer = pointer
    }

    deinit { coffer_tls_free(pointer) }

    var hasPending: Bool { coffer_tls_has_pending(pointer) }

    /// As `recv`.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let start = buffer.baseAddress else { return -1 }
        return coffer_tls_read(pointer, start, buffer.count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        return coffer_tls_write(pointer, start, bytes.count) == bytes.count
    }
}
