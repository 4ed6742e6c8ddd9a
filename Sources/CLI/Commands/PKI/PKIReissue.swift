// `coffer pki reissue`.

import JSON

extension Command {
    static let pkiReissue = Command(
        "pki reissue", "Makes an intermediate authority like another",
        usage: "[options] PARENT TEMPLATE CHILD_MOUNT [K=V...]",
        about: """
            Does what "coffer pki issue" does, with the names, the kind of key, the constraints \
            and the length of validity of TEMPLATE, an issuer such as pki_int/issuer/web. What is \
            given as data replaces the template's. Extensions that cannot be carried over are \
            named in a warning.

            With -type=existing the new certificate is for the template's own key, which has to \
            be in CHILD_MOUNT, or for the one that key_ref names.
            """,
        examples: [
            Example(
                "Renew an intermediate authority with a new key:",
                "coffer pki reissue -issuer_name=web-2 pki_root/issuer/default "
                    + "pki_int/issuer/web pki_int/")
        ],
        families: [.http, .format, .field], flags: Flag.newIntermediate, takes: .atLeast(3)
    ) { call in
        let place = try call.parentPlace(call.arguments[0])
        let mount = APIPath.sanitized(call.arguments[2])
        let given = try call.intermediateOptions(from: 3)
        let client = try call.steppingClient()
        let parent = try await call.issuer(at: place.path, client)
        let template = try await call.issuer(at: call.arguments[1], client)
        let copy = try CertificateOptions(
            template, givesKey: call.flags.string(.pkiKeyType) == "existing")
        call.output.warn(copy.warnings)
        return try await call.makeIntermediate(
            parent: parent, place: place, mount: mount, options: copy.merged(with: given), client)
    }
}
