// What anyone may read of an authority: its certificate and its chain, also without a login.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

enum ContentType {
    static let certificate = "application/pkix-cert"
    static let pemChain = "application/pem-certificate-chain"
    static let list = "application/pkix-crl"
    static let pemFile = "application/x-pem-file"
    static let ocspResponse = "application/ocsp-response"
}

func authorityReadPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "ca", .read, reads: [StorageKey.mark],
            help: "The default issuer's certificate in DER."
        ) { request in
            mount.withDefaultIssuer(request) { issuer, _ in
                .raw(ContentType.certificate, issuer.certificate.der)
            }
        },
        Path(
            "ca/pem", .read, reads: [StorageKey.mark],
            help: "The default issuer's certificate in PEM."
        ) { request in
            mount.withDefaultIssuer(request) { issuer, _ in .pem(issuer.certificate.der) }
        },
        Path(
            "ca_chain", .read, reads: [StorageKey.mark],
            help: "The default issuer's certificate and those above it, in PEM."
        ) { request in
            mount.withDefaultIssuer(request) { issuer, authority in
                .raw(ContentType.pemChain, Array(authority.chainText(issuer).utf8))
            }
        },
    ] + issuerReadPaths(mount)
}

private func issuerReadPaths(_ mount: PKIMount) -> [Path] {
    func path(
        _ suffix: String, _ help: String,
        _ answer: @escaping @Sendable (Issuer, Authority) -> Answer
    ) -> Path {
        Path(
            "issuer/:issuer_ref/\(suffix)", .read, fields: [issuerField],
            reads: [StorageKey.mark], help: help
        ) { request in
            mount.withAuthority { loaded in
                let authority = loaded.authority
                let issuer = try authority.issuer(request.captures["issuer_ref"] ?? "")
                return .answer(
                    answer(issuer, authority).changed(authority.changed, for: request))
            }
        }
    }
    return [
        path("json", "An issuer's certificate and chain.") { issuer, authority in
            .data([
                "certificate": .string(PEM.text("CERTIFICATE", issuer.certificate.der)),
                "ca_chain": .strings(
                    authority.chain(of: issuer).map {
                        PEM.text("CERTIFICATE", $0.certificate.der)
                    }),
                "issuer_id": .string(issuer.id), "issuer_name": .string(issuer.name),
                "revoked": .bool(issuer.revoked != nil),
            ])
        },
        path("der", "An issuer's certificate in DER.") { issuer, _ in
            .raw(ContentType.certificate, issuer.certificate.der)
        },
        path("pem", "An issuer's certificate in PEM.") { issuer, _ in
            .pem(issuer.certificate.der)
        },
    ]
}

extension Answer {
    static func pem(_ der: [UInt8]) -> Answer {
        .raw(ContentType.pemChain, Array(PEM.encode("CERTIFICATE", der).utf8))
    }

    /// There is nothing, which is no error.
    static let noContent = Answer(status: 204)
}

extension PKIMount {
    /// Nothing where there is no issuer yet.
    func withDefaultIssuer(
        _ request: Request, _ answer: @escaping @Sendable (Issuer, Authority) -> Answer
    ) -> Outcome {
        withAuthority { loaded in
            let authority = loaded.authority
            guard let issuer = try? authority.issuer("default") else { return .answer(.noContent) }
            return .answer(answer(issuer, authority).changed(authority.changed, for: request))
        }
    }
}

extension Authority {
    func chainText(_ issuer: Issuer) -> String {
        chain(of: issuer).map { PEM.encode("CERTIFICATE", $0.certificate.der) }.joined()
    }
}
