// What a mount knows of its cluster.

import Cryptography
import JSON
import PluginSDK

struct KubernetesConfig: Sendable, Equatable {
    /// As it was written; `APIServerAddress` reads it.
    var host = ""
    var caCertificate = ""
    /// Never shown again.
    var reviewerToken = ""
    var publicKeys: [String] = []
    var issuer = ""
    var disablesIssuerValidation = true
    var disablesPodFiles = false
    var usesAnnotations = false

    static let storageKey = "config"
    private static let layout: UInt8 = 1

    var record: [UInt8] {
        let value: JSONValue = [
            "host": .string(host), "ca": .string(caCertificate),
            "reviewer_jwt": .string(reviewerToken), "pem_keys": .strings(publicKeys),
            "issuer": .string(issuer), "disable_iss_validation": .bool(disablesIssuerValidation),
            "disable_local_ca_jwt": .bool(disablesPodFiles),
            "use_annotations": .bool(usesAnnotations),
        ]
        var writer = RecordWriter(layout: Self.layout, capacity: 1_024)
        writer.raw(value.encoded()[...])
        return writer.bytes
    }

    init() {}

    init(record: [UInt8]) throws(PluginError) {
        let value = try storedJSON(record, layout: Self.layout, called: "configuration")
        host = value["host"]?.stringValue ?? ""
        caCertificate = value["ca"]?.stringValue ?? ""
        reviewerToken = value["reviewer_jwt"]?.stringValue ?? ""
        publicKeys = value["pem_keys"]?.arrayValue?.compactMap(\.stringValue) ?? []
        issuer = value["issuer"]?.stringValue ?? ""
        disablesIssuerValidation = value["disable_iss_validation"]?.boolValue ?? true
        disablesPodFiles = value["disable_local_ca_jwt"]?.boolValue ?? false
        usesAnnotations = value["use_annotations"]?.boolValue ?? false
    }

    /// The issuer that tokens must name, if that is looked at.
    var expectedIssuer: String? {
        if disablesIssuerValidation { return nil }
        return issuer.isEmpty ? "kubernetes/serviceaccount" : issuer
    }

    /// The certificates that the API server's must lead to; `nil` for the system's.
    func authorities(_ pod: PodFiles) -> [UInt8]? {
        if !caCertificate.isEmpty { return Array(caCertificate.utf8) }
        return disablesPodFiles ? nil : pod.authorities
    }

    /// Who asks the API server; `nil` when the token that is to be reviewed has to do.
    func reviewer(_ pod: PodFiles) -> String? {
        if !reviewerToken.isEmpty { return reviewerToken }
        return disablesPodFiles ? nil : pod.token
    }
}

/// A record whose content is a JSON object.
func storedJSON(
    _ record: [UInt8], layout: UInt8, called name: String
) throws(PluginError) -> JSONValue {
    do throws(RecordError) {
        var reader = try RecordReader(record, layout: layout)
        guard let value = try? JSONValue(parsing: Array(reader.remainder())),
            value.objectValue != nil
        else { throw .damaged }
        return value
    } catch { throw error.failure(of: name) }
}
