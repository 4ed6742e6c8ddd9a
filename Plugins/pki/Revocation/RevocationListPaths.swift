// `crl` and its relatives: read by anyone, made anew by those who may.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func listPaths(_ mount: PKIMount) -> [Path] {
    let reads: [(pattern: String, isDelta: Bool, form: ListForm)] = [
        ("crl", false, .der), ("crl/pem", false, .pem),
        ("crl/delta", true, .der), ("crl/delta/pem", true, .pem),
        ("issuer/:issuer_ref/crl", false, .json), ("issuer/:issuer_ref/crl/der", false, .der),
        ("issuer/:issuer_ref/crl/pem", false, .pem),
        ("issuer/:issuer_ref/crl/delta", true, .json),
        ("issuer/:issuer_ref/crl/delta/der", true, .der),
        ("issuer/:issuer_ref/crl/delta/pem", true, .pem),
    ]
    return reads.map { pattern, isDelta, form in
        Path(
            pattern, .read, fields: pattern.contains(":issuer_ref") ? [issuerField] : [],
            reads: [StorageKey.mark], help: "The list of revoked certificates."
        ) { request in
            mount.withList(
                of: request.captures["issuer_ref"] ?? "default", isDelta: isDelta, request,
                then: form.answer)
        }
    } + rotatePaths(mount)
}

private enum ListForm: Sendable {
    case der, pem, json

    func answer(_ der: [UInt8]) -> Answer {
        switch self {
        case .der: .raw(ContentType.list, der)
        case .pem: .raw(ContentType.pemFile, Array(PEM.encode("X509 CRL", der).utf8))
        case .json: .data(["crl": .string(PEM.encode("X509 CRL", der))])
        }
    }
}

private func rotatePaths(_ mount: PKIMount) -> [Path] {
    [("crl/rotate", false), ("crl/rotate-delta", true)].map { pattern, isDelta in
        let rotate: Handler = { request in
            mount.withAuthority { loaded in
                let authority = loaded.authority
                var makers: [ListMaker] = []
                for issuer in authority.issuers where !makers.contains(where: { $0.serves(issuer) })
                {
                    if let maker = try? ListMaker(
                        issuer, authority, mount, CertificateTime(request.now))
                    {
                        makers.append(maker)
                    }
                }
                for maker in makers { maker.forget(deltaOnly: isDelta) }
                return make(makers[...], isDelta: isDelta && authority.lists.hasDelta)
            }
        }
        return Path(
            pattern, [.read: rotate, .update: rotate], reads: [StorageKey.mark],
            help: "Make the lists of all issuers anew.")
    }
}

private func make(_ makers: ArraySlice<ListMaker>, isDelta: Bool) -> Outcome {
    guard let maker = makers.first else { return .answer(.data(["success": true])) }
    let next: ListMaker.Use = { _ in make(makers.dropFirst(), isDelta: isDelta) }
    return isDelta ? maker.delta(then: next) : maker.complete(then: next)
}

extension ListMaker {
    fileprivate func serves(_ issuer: Issuer) -> Bool { self.issuer.signer == issuer.signer }
}
