// `POST verify/:name` checks a signature or an HMAC, or a batch of either.

import Cryptography
import Paths
import PluginSDK

func verifyPaths(_ mount: TransitMount) -> [Path] {
    ["verify/:name", "verify/:name/:hash_algorithm"].map { pattern in
        Path(
            pattern, .update,
            fields: signatureFields + [
                .string("signature", "What sign answered."),
                .string("hmac", "What hmac answered, instead of a signature."),
            ],
            reads: [StorageKey.mark("{name}")],
            help: "Check a signature or an HMAC, or a batch of either."
        ) { request in
            mount.withUsableKey(
                request, try request.keyName(), whenMissing: "signature verification key not found"
            ) { key in
                let run: @Sendable () throws -> Outcome = { .answer(try verify(request, key)) }
                return key.type.isSlow ? .work(run) : try run()
            }
        }
    }
}

private func verify(_ request: Request, _ key: LoadedKey) throws -> Answer {
    try Batch.run(request, .alwaysSucceeds) { members in
        let form = try SignatureForm(members, named: request.captures["hash_algorithm"])
        let first = try members.raw(.batchInput).map { try firstItem(of: $0) } ?? members
        let checksCodes = first?.has(.hmac) ?? false
        return { item, output in
            try requireOneKind(item, isBatch: members.has(.batchInput), checksCodes: checksCodes)
            let form = try form.of(item)
            let input = try item.input()
            let isValid: Bool?
            if checksCodes {
                isValid = try item.withText(.hmac) { try key.verifyCode($0, of: input, form) }
            } else {
                try key.requireSigning()
                let context = try item.context()
                isValid = try item.withText(.signature) {
                    try key.verify($0, of: input, form, context: context)
                }
            }
            output.append(contentsOf: "\"valid\":\(isValid ?? false)".utf8)
        }
    }
}

private func requireOneKind(
    _ item: Members, isBatch: Bool, checksCodes: Bool
) throws(PluginError) {
    switch (item.has(.signature), item.has(.hmac)) {
    case (true, true):
        throw PluginError(.invalidRequest, "provide one of 'signature' or 'hmac'")
    case (false, false):
        throw PluginError(
            .invalidRequest, "neither a 'signature' nor an 'hmac' was given to verify")
    case (_, let isCode) where isCode != checksCodes:
        throw PluginError(
            .invalidRequest,
            "elements of batch_input must all provide either 'hmac' or 'signature'")
    default: break
    }
}
