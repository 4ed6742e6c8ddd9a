// Subject and alternative names: from the fields or the client's request, checked by the role.

import Certificates
import PluginSDK

enum NamesStage {
    static func take(_ draft: inout Draft) throws(PluginError) {
        let asked = draft.request.names
        draft.commonName = asked.commonName
        draft.serialNumber = asked.serialNumber
        draft.names = asked.alternative
        if let request = draft.signingRequest { try take(request, &draft) }
        guard !draft.commonName.isEmpty, !asked.excludesCommonName, draft.takesCommonName else {
            return
        }
        if let name = RequestedNames.alternative(of: draft.commonName),
            !draft.names.contains(name)
        {
            draft.names.insert(name, at: 0)
        }
    }

    private static func take(
        _ request: SigningRequest, _ draft: inout Draft
    ) throws(PluginError) {
        let role = draft.role
        let subject = request.subjectName
        switch draft.kind {
        case .verbatim:
            draft.subject = request.subject
            draft.commonName = ""
            draft.names = try names(of: request)
        case .authority(let limits):
            guard limits.usesRequestValues else { return }
            draft.subject = request.subject
            draft.commonName = subject?.commonName ?? ""
            draft.names = try names(of: request)
        case .endEntity:
            if role.usesRequestCommonName, let name = subject?.commonName, !name.isEmpty {
                draft.commonName = name
            }
            if role.usesRequestSerialNumber, draft.serialNumber.isEmpty,
                let number = subject?.values(.nameSerialNumber).last
            {
                draft.serialNumber = number
            }
            if role.usesRequestAlternativeNames { draft.names = try names(of: request) }
        }
    }

    private static func names(of request: SigningRequest) throws(PluginError) -> [GeneralName] {
        let names: [GeneralName]
        do throws(CertificateError) { names = try request.alternativeNames() } catch {
            throw PluginError(error)
        }
        try RequestedNames.requireSizes(names)
        return names
    }

    static func validate(_ draft: inout Draft) throws(PluginError) {
        guard case .endEntity(let rules) = draft.kind else { return }
        if draft.commonName.isEmpty, rules.requiresCommonName {
            throw PluginError(
                .invalidRequest,
                "the common_name field is required, or must be provided in a CSR with "
                    + #""use_csr_common_name" set to true, unless "require_cn" is set to false"#)
        }
        if !draft.commonName.isEmpty, !rules.allowsCommonName(draft.commonName) {
            throw PluginError(
                .invalidRequest, "common name \(shown(draft.commonName)) not allowed by this role")
        }
        for name in draft.names { try validate(name, rules, commonName: draft.commonName) }
        if !draft.serialNumber.isEmpty,
            !rules.serialNumbers.contains(where: { Glob.matches($0, draft.serialNumber) })
        {
            throw PluginError(
                .invalidRequest,
                "serial_number \(shown(draft.serialNumber)) not allowed by this role")
        }
        for id in draft.request.names.userIDs
        where !rules.userIDs.contains(where: { Glob.matches($0, id) }) {
            throw PluginError(.invalidRequest, "user_id \(shown(id)) is not allowed by this role")
        }
    }

    private static func validate(
        _ name: GeneralName, _ rules: NameRules, commonName: String
    ) throws(PluginError) {
        switch name {
        case .dns(let text):
            if !RequestedNames.isPlain(text) || !rules.allows(text) || text.contains("@") {
                throw PluginError(
                    .invalidRequest,
                    "subject alternate name \(shown(text)) not allowed by this role")
            }
        case .email(let text):
            if !RequestedNames.isPlain(text) || !rules.allows(text) || !text.contains("@") {
                throw PluginError(
                    .invalidRequest, "email address \(shown(text)) not allowed by this role")
            }
        case .ip(let bytes):
            if !rules.allowsAddresses {
                throw PluginError(
                    .invalidRequest,
                    "IP Subject Alternative Names are not allowed in this role, but was provided "
                        + IPAddress.text(bytes))
            }
            guard bytes.count == 4 || bytes.count == 16 else {
                throw PluginError(.invalidRequest, "an IP address has four or sixteen bytes")
            }
            guard rules.allows(address: bytes) else {
                throw PluginError(
                    .invalidRequest,
                    "IP Subject Alternative Name \(IPAddress.text(bytes)) not allowed by this role")
            }
        case .uri(let text):
            if !rules.uris.contains(where: { Glob.matches($0, text) })
                || !RequestedNames.isURI(text)
            {
                throw PluginError(
                    .invalidRequest,
                    "URI Subject Alternative Name \(shown(text)) not allowed by this role")
            }
        case .other(let oid, let text):
            if !rules.allows(other: oid, text) {
                throw PluginError(
                    .invalidRequest, "other SAN \(oid) not allowed by this role")
            }
        case .unknown:
            throw PluginError(
                .invalidRequest,
                "the request has an alternative name of a kind that no role can allow")
        }
    }

    static func write(_ draft: inout Draft) throws(PluginError) {
        guard !draft.names.isEmpty else { return }
        draft.set(.subjectAltName(draft.names, critical: draft.hasEmptySubject))
    }

    /// What a client sent, within bounds.
    private static func shown(_ text: String) -> String { String(text.prefix(256)) }
}

extension Draft {
    var subjectName: DistinguishedName {
        role.subject.name(
            commonName: commonName, serialNumber: serialNumber, userIDs: request.names.userIDs)
    }

    /// Whether the common name becomes an alternative name too.
    fileprivate var takesCommonName: Bool {
        switch kind {
        case .endEntity: true
        case .verbatim: false
        case .authority(let limits): !limits.usesRequestValues
        }
    }

    fileprivate var hasEmptySubject: Bool {
        if let subject { return (try? DistinguishedName(der: subject))?.isEmpty ?? false }
        return subjectName.isEmpty
    }
}
