// The two other things that are asked of a cluster: a namespace's labels, and a service account's
// annotations.

import JSON
import PluginSDK

/// Of annotations that become metadata of an alias; what follows is the metadata's name.
let annotationPrefix = "vault.hashicorp.com/alias-metadata-"

extension APIServer {
    func labels(ofNamespace namespace: String) throws(PluginError) -> [String: String] {
        let purpose = "look-up of the namespace"
        let answer = try get("/api/v1/namespaces/" + namespace, purpose)
        let metadata = try metadata(answer, kind: "Namespace", named: namespace, purpose)
        var labels: [String: String] = [:]
        for (key, value) in metadata["labels"]?.objectValue?.members ?? [] {
            labels[key] = value.stringValue
        }
        return labels
    }

    /// The annotations that are meant for aliases, by the name that they have there.
    func aliasAnnotations(
        of account: ServiceAccountName
    ) throws(PluginError) -> [(name: String, value: String)] {
        let purpose = "look-up of the service account"
        let answer = try get(
            "/api/v1/namespaces/\(account.namespace)/serviceaccounts/\(account.name)", purpose)
        let metadata = try metadata(answer, kind: "ServiceAccount", named: account.name, purpose)
        var found: [(name: String, value: String)] = []
        for (key, value) in metadata["annotations"]?.objectValue?.members ?? [] {
            guard key.hasPrefix(annotationPrefix), let value = value.stringValue else { continue }
            let name = String(key.dropFirst(annotationPrefix.count))
            guard !name.isEmpty, found.count < Limits.annotations,
                name.utf8.count + value.utf8.count <= Limits.annotationBytes
            else { continue }
            found.append((name, value))
        }
        return found
    }

    private func metadata(
        _ answer: JSONValue, kind: String, named name: String, _ purpose: String
    ) throws(PluginError) -> JSONValue {
        guard answer["kind"]?.stringValue == kind, let metadata = answer["metadata"],
            metadata["name"]?.stringValue?.utf8.elementsEqual(name.utf8) == true
        else { throw failure(purpose, "answers with something else than what was asked", [:]) }
        return metadata
    }
}
