// `config`: where the cluster's API server is, whom to trust as it, and who asks it.

import Cryptography
import JSON
import Paths
import PluginSDK

let configPath = Path(
    "config", [.read: readConfig, .update: writeConfig],
    fields: [
        .string(
            "kubernetes_host",
            "Host, host and port, or URL of the cluster's API server."),
        .string(
            "kubernetes_ca_cert",
            "The certificates, in PEM, that the API server's must lead to. The default is the one "
                + "of the pod that the server runs in, else those that the system trusts."),
        .string(
            "token_reviewer_jwt",
            "The token that asks the API server about others. The default is the one of the pod "
                + "that the server runs in, else the token of whoever logs in."),
        .stringList(
            "pem_keys",
            "Public keys or certificates in PEM. With some, one of them must have signed a token "
                + "before the API server is asked about it."),
        .boolean(
            "disable_local_ca_jwt", default: false,
            "Do not take the token and the certificate of the pod that the server runs in."),
        .boolean(
            "disable_iss_validation", default: true,
            "Deprecated. Do not look at who issued a token."),
        .string("issuer", "Deprecated. Who must have issued a token, if that is looked at."),
        .boolean(
            "use_annotations_as_alias_metadata", default: false,
            "Take the service account's annotations that begin with \"\(annotationPrefix)\" "
                + "over as metadata of the alias."),
    ],
    reads: [.read: [KubernetesConfig.storageKey]],
    help: "Configures the Kubernetes cluster that logins are checked against.")

private let readConfig: Handler = { _ in
    .read([KubernetesConfig.storageKey]) { entries in
        guard let record = entries[KubernetesConfig.storageKey] else { return .answer(.none) }
        let config = try KubernetesConfig(record: record)
        return .answer(
            .data([
                "kubernetes_host": .string(config.host),
                "kubernetes_ca_cert": .string(config.caCertificate),
                "token_reviewer_jwt_set": .bool(!config.reviewerToken.isEmpty),
                "pem_keys": .strings(config.publicKeys),
                "issuer": .string(config.issuer),
                "disable_iss_validation": .bool(config.disablesIssuerValidation),
                "disable_local_ca_jwt": .bool(config.disablesPodFiles),
                "use_annotations_as_alias_metadata": .bool(config.usesAnnotations),
            ]))
    }
}

/// What is not given goes back to its default.
private let writeConfig: Handler = { request in
    let fields = try request.fields()
    var config = KubernetesConfig()
    config.host = fields.string("kubernetes_host") ?? ""
    guard !config.host.isEmpty else { throw PluginError(.invalidRequest, "no host provided") }
    let address = try APIServerAddress(config.host)
    config.caCertificate = fields.string("kubernetes_ca_cert") ?? ""
    try checkCertificates(config.caCertificate)
    config.reviewerToken = fields.string("token_reviewer_jwt") ?? ""
    try checkReviewer(config.reviewerToken)
    config.publicKeys = fields.stringList("pem_keys") ?? []
    guard config.publicKeys.count <= Limits.publicKeys else {
        throw PluginError(.invalidRequest, "pem_keys has more than \(Limits.publicKeys) entries")
    }
    for key in config.publicKeys { _ = try PublicKey.reading(key) }
    config.issuer = fields.string("issuer") ?? ""
    config.disablesIssuerValidation = fields.boolean("disable_iss_validation") ?? true
    config.disablesPodFiles = fields.boolean("disable_local_ca_jwt") ?? false
    config.usesAnnotations = fields.boolean("use_annotations_as_alias_metadata") ?? false
    var batch = WriteBatch()
    batch.put(KubernetesConfig.storageKey, config.record)
    guard !address.isEncrypted else { return .answer(.none, writing: batch) }
    let warning =
        "kubernetes_host is not https: whoever is in between sees the tokens and can answer for "
        + "the API server"
    return .answer(Answer(warnings: [warning]), writing: batch)
}

private func checkCertificates(_ text: String) throws(PluginError) {
    if text.isEmpty { return }
    guard text.utf8.count <= Limits.certificateBytes, let blocks = PEM.decode(text),
        blocks.allSatisfy({ block in
            block.label == "CERTIFICATE" && (try? CertificateChain([block.der])) != nil
        })
    else {
        throw PluginError(
            .invalidRequest, "kubernetes_ca_cert must be one certificate or several in PEM")
    }
}

/// It becomes a line of a request.
private func checkReviewer(_ token: String) throws(PluginError) {
    guard token.utf8.count <= Limits.tokenBytes, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw PluginError(.invalidRequest, "token_reviewer_jwt is not a token") }
}
