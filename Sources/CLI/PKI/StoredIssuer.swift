// A certificate as a PKI mount answers it: an issuer, or one that was issued.

import Certificates
import Cryptography
import JSON

struct StoredIssuer: Sendable {
    /// As it was asked for, without slashes at either end.
    let path: String
    let certificate: Certificate
    /// Without the certificate itself, if the server puts it first.
    let chain: [Certificate]
    let data: JSONObject

    /// `issuer/NAME/json` and `cert/SERIAL` are taken as well as `issuer/NAME`.
    init(path: String, data: JSONObject) throws(CommandError) {
        self.path = path
        self.data = data
        let own = Self.certificates(in: data["certificate"]?.stringValue ?? "")
        guard let certificate = own?.first else {
            throw .server("\(path) answered no certificate that can be read.")
        }
        self.certificate = certificate
        var chain: [Certificate] = []
        // A list, or one text with all of them.
        let given = data["ca_chain"]
        for text in given?.arrayValue?.compactMap(\.stringValue) ?? [given?.stringValue ?? ""]
        where !text.isEmpty {
            guard let more = Self.certificates(in: text) else {
                throw .server("\(path) answered a chain that cannot be read.")
            }
            chain += more
        }
        self.chain = chain
    }

    private static func certificates(in text: String) -> [Certificate]? {
        guard let blocks = PEM.decode(text) else { return nil }
        var certificates: [Certificate] = []
        for block in blocks {
            guard let certificate = try? Certificate(der: block.der) else { return nil }
            certificates.append(certificate)
        }
        return certificates
    }

    var id: String { data["issuer_id"]?.stringValue ?? "" }
    var name: String { data["issuer_name"]?.stringValue ?? "" }
    var keyID: String { data["key_id"]?.stringValue ?? "" }

    func isSame(as other: Certificate) -> Bool { certificate.der == other.der }
}

/// Where an issuer is: `MOUNT/issuer/REFERENCE`.
struct IssuerPlace: Sendable {
    let mount: String
    let reference: String

    /// nil if the path is not of that form.
    init?(_ path: String) {
        let parts = APIPath.sanitized(path).split(separator: "/")
        guard parts.count >= 3, parts[parts.count - 2] == "issuer" else { return nil }
        mount = parts.dropLast(2).joined(separator: "/")
        reference = String(parts[parts.count - 1])
    }

    var path: String { "\(mount)/issuer/\(reference)" }
}

extension Invocation {
    /// A client for requests that are steps: their answers are for the command to read.
    func steppingClient() throws -> APIClient {
        var client = try client()
        client.settings.wrapTTL = nil
        return client
    }

    func issuer(at path: String, _ client: APIClient) async throws -> StoredIssuer {
        let path = APIPath.sanitized(path)
        let answer = try await during("Error reading \(path)") { try await client.read(path) }
        guard let data = answer?.data else {
            throw CommandError.server("No certificate found at \(path)")
        }
        return try StoredIssuer(path: path, data: data)
    }

    /// The issuers of a mount by their ids, with what the list says about each.
    func issuers(
        of mount: String, _ client: APIClient
    ) async throws -> [(id: String, info: JSONValue?)] {
        let answer = try await during("Error listing \(mount)/issuers") {
            try await client.list("\(mount)/issuers")
        }
        let info = answer?.data?["key_info"]
        return (answer?.keys ?? []).compactMap(\.stringValue).sortedByBytes.map { ($0, info?[$0]) }
    }
}
