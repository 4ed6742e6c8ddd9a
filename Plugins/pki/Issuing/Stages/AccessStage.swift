// Where whoever checks the certificate finds its issuer, the lists of revoked ones, and an answer
// about it alone.

import Certificates
import PluginSDK

enum AccessStage {
    static func enforce(_ draft: inout Draft) throws(PluginError) {
        draft.extensions.append(contentsOf: extensions(try draft.issuer.accessURLs()))
    }

    static func extensions(_ urls: AccessURLs) -> [CertificateExtension] {
        var extensions: [CertificateExtension] = []
        if !urls.ocsp.isEmpty || !urls.issuers.isEmpty {
            extensions.append(
                .authorityInformationAccess(ocsp: urls.ocsp, issuers: urls.issuers))
        }
        if !urls.lists.isEmpty { extensions.append(.distributionPoints(urls.lists)) }
        if !urls.deltaLists.isEmpty {
            extensions.append(.distributionPoints(urls.deltaLists, oid: .freshestCRL))
        }
        return extensions
    }
}
