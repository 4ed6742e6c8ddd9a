// The steps by which an authority comes to be below another one: a request in its own mount, the
// parent's signature, and the import of what was signed.

import Certificates
import Cryptography
import JSON

extension Flag {
    static let pkiKeyType = Flag(
        "type", .string,
        "Where the key comes from: internal for a new one, existing for one that the mount has "
            + "(which the data's key_ref names), kms for one outside.",
        fallback: "internal", choices: ["internal", "existing", "kms"])
    static let pkiIssuerName = Flag("issuer_name", .string, "Name for the new issuer.")

    static let newIntermediate = [pkiKeyType, pkiIssuerName]
}

extension Invocation {
    /// `parent` is `MOUNT/issuer/REFERENCE`.
    func parentPlace(_ path: String) throws(UsageError) -> IssuerPlace {
        guard let place = IssuerPlace(path) else {
            throw UsageError("PARENT is MOUNT/issuer/NAME, as in pki_root/issuer/default")
        }
        return place
    }

    /// Makes the issuer and prints it as the server then has it.
    func makeIntermediate(
        parent: StoredIssuer, place: IssuerPlace, mount: String, options: JSONObject,
        _ client: APIClient
    ) async throws -> ExitCode {
        let name = flags.string(.pkiIssuerName) ?? ""
        try await requireFree(name, in: mount, client)
        let request = try await signingRequest(options, in: mount, client)
        let signed: JSONObject
        do {
            signed = try await sign(request.csr, options, by: place, client)
        } catch let error as CommandError {
            // The caller may take it for the next try, or remove it.
            throw CommandError(
                code: error.code,
                message: error.message + "\n\nThe key of the request is in \(mount): "
                    + request.keyID)
        }
        let imported = try await importChain(signed, parent, into: mount, client)
        if !name.isEmpty { try await rename(imported.issuer, name, in: mount, client) }
        for ancestor in imported.new where ancestor.isSame(as: parent.certificate) {
            await nameParent(ancestor, parent.name, in: mount, client)
        }

        let path = "\(mount)/issuer/\(imported.issuer.id)"
        let last = try self.client()
        let answer = try await during("Error reading \(path)") { try await last.read(path) }
        guard let answer else { throw CommandError.server("No issuer found at \(path)") }
        try output.secret(answer)
        return .success
    }

    private func requireFree(
        _ name: String, in mount: String, _ client: APIClient
    ) async throws {
        guard !name.isEmpty else { return }
        let known = try await issuers(of: mount, client)
        if known.contains(where: { $0.info?["issuer_name"]?.stringValue == name }) {
            throw CommandError.server("\(mount) has an issuer of that name: \(name)")
        }
    }

    // MARK: Request and signature

    private func signingRequest(
        _ options: JSONObject, in mount: String, _ client: APIClient
    ) async throws -> (csr: String, keyID: String) {
        let type = flags.string(.pkiKeyType) ?? "internal"
        let path = "\(mount)/intermediate/generate/\(type)"
        let answer = try await during("Error writing to \(path)") {
            try await client.send(.put(path, .object(options)))
        }
        guard let csr = answer?.data?["csr"]?.stringValue, !csr.isEmpty else {
            throw CommandError.server("\(path) answered no certificate request.")
        }
        return (csr, answer?.data?["key_id"]?.stringValue ?? "")
    }

    private func sign(
        _ csr: String, _ options: JSONObject, by place: IssuerPlace, _ client: APIClient
    ) async throws -> JSONObject {
        var body = options
        body["csr"] = .string(csr)
        let path = "\(place.path)/sign-intermediate"
        let sent = JSONValue.object(body)
        let answer = try await during("Error writing to \(path)") {
            try await client.send(.put(path, sent))
        }
        output.warn(answer?.warnings ?? [])
        guard let data = answer?.data else {
            throw CommandError.server("\(path) answered no certificate.")
        }
        return data
    }

    // MARK: Import

    private func importChain(
        _ signed: JSONObject, _ parent: StoredIssuer, into mount: String, _ client: APIClient
    ) async throws -> (issuer: StoredIssuer, new: [StoredIssuer]) {
        let made = try StoredIssuer(path: "The answer to sign-intermediate", data: signed)
        var bundle = [made.certificate]
        for certificate in made.chain + [parent.certificate] + parent.chain
        where !bundle.contains(where: { $0.der == certificate.der }) {
            bundle.append(certificate)
        }
        let text = bundle.map { PEM.encode("CERTIFICATE", $0.der) }.joined()
        let path = "\(mount)/issuers/import/cert"
        let body = JSONValue.object(["pem_bundle": .string(text)])
        let answer = try await during("Error writing to \(path)") {
            try await client.send(.put(path, body))
        }
        var known: [StoredIssuer] = []
        var new: [StoredIssuer] = []
        for (field, isNew) in [("imported_issuers", true), ("existing_issuers", false)] {
            for id in answer?.data?[field]?.arrayValue?.compactMap(\.stringValue) ?? [] {
                let issuer = try await issuer(at: "\(mount)/issuer/\(id)", client)
                known.append(issuer)
                if isNew { new.append(issuer) }
            }
        }
        guard let issuer = known.first(where: { $0.isSame(as: made.certificate) }) else {
            throw CommandError.server("\(path) did not take the new certificate.")
        }
        return (issuer, new)
    }

    /// A write replaces all settings, so those that were read are sent along.
    private func rename(
        _ issuer: StoredIssuer, _ name: String, in mount: String, _ client: APIClient
    ) async throws {
        let path = "\(mount)/issuer/\(issuer.id)"
        var body = JSONObject()
        for setting in Self.issuerSettings {
            if let value = issuer.data[setting], value != .null { body[setting] = value }
        }
        body["issuer_name"] = .string(name)
        let sent = JSONValue.object(body)
        _ = try await during("Error writing to \(path)") {
            try await client.send(.post(path, sent))
        }
    }

    private static let issuerSettings = [
        "leaf_not_after_behavior", "manual_chain", "usage", "revocation_signature_algorithm",
        "issuing_certificates", "crl_distribution_points", "delta_crl_distribution_points",
        "ocsp_servers", "enable_aia_url_templating",
    ]

    /// The new issuer is there and works; that its parent has no name here is no failure.
    private func nameParent(
        _ issuer: StoredIssuer, _ name: String, in mount: String, _ client: APIClient
    ) async {
        guard !name.isEmpty else { return }
        do {
            try await rename(issuer, name, in: mount, client)
        } catch {
            output.warn([
                "The parent was imported as issuer \(issuer.id), and could not be named \(name)."
            ])
        }
    }
}
