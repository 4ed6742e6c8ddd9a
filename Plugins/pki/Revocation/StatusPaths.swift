// `ocsp`: whether one certificate was revoked (RFC 6960).

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func statusPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "ocsp", .update,
            fields: [.string("body", "The question in DER, in base64.")],
            reads: [StorageKey.mark],
            help: "Whether a certificate was revoked. The body is an OCSP request in DER."
        ) { request in
            let text = try request.fields().string("body") ?? ""
            return answerStatus(Base64.decode(text), request, mount)
        },
        Path(
            // Two slashes in a row are base64 like any other.
            "ocsp/:question**", .read, fields: [.string("question", "The question in base64.")],
            reads: [StorageKey.mark],
            help: "Whether a certificate was revoked, by a question in the path."
        ) { request in
            // Some clients take the alphabet for URLs, some leave the padding away.
            var text = (request.captures["question"] ?? "").replacing("-", with: "+")
                .replacing("_", with: "/").replacing(" ", with: "+")
            while !text.isEmpty, text.utf8.count % 4 != 0 { text += "=" }
            return answerStatus(Base64.decode(text), request, mount)
        },
    ]
}

private func answerStatus(
    _ bytes: [UInt8]?, _ request: Request, _ mount: PKIMount
) -> Outcome {
    guard let bytes, !bytes.isEmpty, bytes.count <= Limits.maxStatusRequestBytes,
        let question = try? StatusRequest(der: bytes),
        (1...Limits.maxStatusQuestions).contains(question.certificates.count)
    else { return refuse(.malformedRequest) }
    return mount.withAuthority { loaded in
        let lists = loaded.authority.lists
        let issuers = question.certificates.map(loaded.issuer)
        // One signature, so one issuer.
        guard !lists.isOCSPDisabled, let issuer = issuers.first ?? nil,
            issuers.allSatisfy({ $0?.signer == issuer.signer }),
            let context = try? loaded.context(issuer)
        else { return refuse(.unauthorized) }
        let serials = question.certificates.map { SerialNumber.text($0.serial) }
        return .read(serials.map(StorageKey.revoked)) { entries in
            var statuses: [CertificateStatus] = []
            for serial in serials {
                let record = try entries[StorageKey.revoked(serial)]
                    .map(RevokedRecord.init(record:))
                statuses.append(
                    record.flatMap { $0.signer == issuer.signer ? $0 : nil }
                        .map { .revoked($0.revoked) } ?? .good)
            }
            let now = CertificateTime(request.now)
            if let body = mount.statuses.find(bytes, statuses, loaded.mark, now) {
                return .answer(.raw(ContentType.ocspResponse, body))
            }
            let found = statuses
            return mount.withResponder(of: context, lists, now) { responder in
                sign(question, found, context, responder, lists, now) { body in
                    guard !question.hasNonce else { return }
                    mount.statuses.insert(
                        .init(statuses: found, mark: loaded.mark, made: now, body: body), bytes)
                }
            }
        }
    }
}

private func sign(
    _ question: StatusRequest, _ statuses: [CertificateStatus], _ context: IssuerContext,
    _ responder: Responder?, _ lists: ListSettings, _ now: CertificateTime,
    made: @escaping @Sendable ([UInt8]) -> Void
) -> Outcome {
    let key = responder?.key ?? context.key
    let run: @Sendable () -> Outcome = {
        guard
            let body = try? StatusResponse.sign(
                question, statuses,
                by: responder.map { .responder($0.certificate) }
                    ?? .issuer(context.issuer.certificate),
                with: key, try choice(context, responder), thisUpdate: now,
                nextUpdate: nextUpdate(lists, responder, now))
        else { return refuse(.internalError) }
        made(body)
        return .answer(.raw(ContentType.ocspResponse, body))
    }
    return key.kind.isSlow ? .work(run) : run()
}

/// An answer is worth nothing after the end of the certificate that signed it.
private func nextUpdate(
    _ lists: ListSettings, _ responder: Responder?, _ now: CertificateTime
) -> CertificateTime? {
    guard lists.ocspExpirySeconds > 0 else { return nil }
    let next = now.adding(seconds: Int64(lists.ocspExpirySeconds))
    return responder.map { min(next, $0.certificate.notAfter) } ?? next
}

/// The issuer's setting is for its own key.
private func choice(
    _ context: IssuerContext, _ responder: Responder?
) throws(PluginError) -> SignatureChoice {
    if responder != nil { return SignatureChoice() }
    return try revocationSignature(context.issuer.revocationSignatureAlgorithm)
}

/// Errors are answers too, in the protocol's own form.
private func refuse(_ reason: StatusResponse.Refusal) -> Outcome {
    guard let body = try? StatusResponse.refusal(reason) else { return .answer(.noContent) }
    let status = reason == .malformedRequest ? 400 : reason == .unauthorized ? 401 : 500
    return .answer(.raw(ContentType.ocspResponse, body, status: status))
}
