// `coffer pki issue`.

import JSON

extension Command {
    static let pkiIssue = Command(
        "pki issue", "Makes an intermediate authority",
        usage: "[options] PARENT CHILD_MOUNT K=V...",
        about: """
            Makes a key and a request in CHILD_MOUNT, has PARENT sign it, and imports the \
            certificate with its chain into CHILD_MOUNT. The new issuer is printed.

            PARENT is an issuer, such as pki_root/issuer/default. The data is what \
            "intermediate/generate" and "sign-intermediate" take: common_name, ttl, key_type, \
            max_path_length, permitted_dns_domains and so on.

            The token needs to read PARENT, to write PARENT/sign-intermediate and, in \
            CHILD_MOUNT, intermediate/generate, issuers/import/cert and the new issuer.
            """,
        examples: [
            Example(
                "Make an intermediate authority below a root:",
                "coffer pki issue -issuer_name=web pki_root/issuer/default pki_int/ "
                    + "common_name=\"Web CA\"")
        ],
        families: [.http, .format, .field], flags: Flag.newIntermediate, takes: .atLeast(3)
    ) { call in
        let place = try call.parentPlace(call.arguments[0])
        let mount = APIPath.sanitized(call.arguments[1])
        let options = try call.intermediateOptions(from: 2)
        let client = try call.steppingClient()
        let parent = try await call.issuer(at: place.path, client)
        return try await call.makeIntermediate(
            parent: parent, place: place, mount: mount, options: options, client)
    }
}

extension Invocation {
    /// The certificate is read again by this command, so it has to come in PEM.
    func intermediateOptions(from index: Int) throws -> JSONObject {
        var options = try data(from: index).objectValue ?? JSONObject()
        for name in ["format", "type", "csr"] where options[name] != nil {
            if name == "format", options[name]?.stringValue == "pem" { continue }
            throw UsageError("\"\(name)\" cannot be given as data of this command")
        }
        options["format"] = .string("pem")
        return options
    }
}
