// Why no answer came, said so that the reader knows what to try next.

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

struct TransportError: Error, CustomStringConvertible {
    enum Code: Sendable, Equatable {
        case refused, unknownHost, unreachable, timedOut, plainServer, notHTTP, certificate
        case wrongName, tls, tooLarge, closedEarly, badHeader, badSettings, other
    }

    let code: Code
    let message: String
    var hint: String?

    var description: String { hint.map { message + "\n\n" + TextWrap.fill($0) } ?? message }

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    init(_ error: any Error, call: HTTPCall, address: ServerAddress) {
        if let error = error as? TransportError {
            self = error
            return
        }
        let (code, reason) = Self.classify(error, address: address)
        let method = call.method.prefix(1) + call.method.dropFirst().lowercased()
        // The query is left out: `read` puts the user's key=value arguments there.
        let path = call.target.prefix { $0 != "?" }
        self.init(
            code, "\(method) \"\(address.baseText)\(path)\": \(reason)",
            hint: Self.hint(code, address: address))
    }

    private static func classify(
        _ error: any Error, address: ServerAddress
    ) -> (Code, String) {
        switch error {
        case TransportFailure.timedOut: return (.timedOut, "the server did not answer in time")
        case TransportFailure.tooLarge:
            let limit = AnswerCollector.maxBodyBytes >> 20
            return (.tooLarge, "the answer is larger than \(limit) MiB")
        case TransportFailure.closedEarly:
            return (.closedEarly, "the connection was closed before the answer was complete")
        case let error as NIOConnectionError: return classify(error, address: address)
        case ChannelError.connectTimeout:
            return (.timedOut, "dial \(address.dialText): timed out")
        case let error as IOError: return classify(errno: error.errnoCode, address: address)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return (.wrongName, "tls: the certificate is valid, but not for \(address.authority)")
        case let error as NIOSSLError: return classify(error)
        case HTTPParserError.invalidEOFState:
            return (.closedEarly, "the connection was closed before the answer was complete")
        case HTTPParserError.invalidHeaderToken:
            return (.badHeader, "a header, token or namespace has characters that HTTP forbids")
        case is HTTPParserError: return (.notHTTP, "the answer is not HTTP")
        default: return (.other, "\(error)")
        }
    }

    private static func classify(
        _ error: NIOConnectionError, address: ServerAddress
    ) -> (Code, String) {
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            return (.unknownHost, "lookup \(error.host): no such host")
        }
        for failure in error.connectionErrors {
            if let failure = failure.error as? IOError {
                return classify(errno: failure.errnoCode, address: address)
            }
            if case ChannelError.connectTimeout = failure.error {
                return (.timedOut, "dial \(address.dialText): timed out")
            }
        }
        return (.unreachable, "dial \(address.dialText): cannot connect")
    }

    private static func classify(errno code: Int32, address: ServerAddress) -> (Code, String) {
        let reason = String(cString: strerror(code)).lowercased()
        switch code {
        case ECONNREFUSED: return (.refused, "dial \(address.dialText): connect: \(reason)")
        case ENOENT, EACCES, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT:
            return (.unreachable, "dial \(address.dialText): connect: \(reason)")
        default: return (.closedEarly, reason)
        }
    }

    /// BoringSSL tells its reasons in words only; they choose the hint and nothing else.
    private static func classify(_ error: NIOSSLError) -> (Code, String) {
        let text = "\(error)"
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return (.plainServer, "http: server gave HTTP response to HTTPS client")
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return (.certificate, "tls: certificate signed by unknown authority, or not valid now")
        }
        if case .uncleanShutdown = error {
            return (.closedEarly, "the connection was closed before the answer was complete")
        }
        return (.tls, "tls: handshake failed (\(text))")
    }

    private static func hint(_ code: Code, address: ServerAddress) -> String? {
        switch code {
        case .refused:
            "Is the server running? \"coffer server -dev\" starts one to try things with. The "
                + "address is taken from -address, COFFER_ADDR or VAULT_ADDR."
        case .plainServer:
            "The server speaks plain HTTP there. For a server in dev mode, run:\n\n"
                + "    export COFFER_ADDR='http://\(address.authority)'"
        case .notHTTP:
            "If the server uses TLS, the address has to begin with https://."
        case .closedEarly where !address.isTLS && address.hostName != nil:
            "If the server uses TLS, the address has to begin with https://."
        case .certificate:
            "If the server's certificate comes from an authority of your own, give that "
                + "authority's certificate with -ca-cert or COFFER_CACERT."
        case .wrongName:
            "Use the name that the certificate was made for in the address, or give that name "
                + "with -tls-server-name."
        default: nil
        }
    }
}

extension ServerAddress {
    /// For messages: `http://127.0.0.1:8200`.
    var baseText: String {
        if case .unixSocket(let path) = place { return "unix://" + path }
        return "\(scheme)://\(authority)"
    }

    fileprivate var dialText: String {
        switch place {
        case .host(let host, let port): "tcp \(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unixSocket(let path): "unix \(path)"
        }
    }
}
