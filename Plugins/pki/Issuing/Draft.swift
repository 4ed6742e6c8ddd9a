// A certificate on its way through the stages: what was asked for, by which role, and what has come
// of it so far.

import Certificates
import Cryptography
import Paths
import PluginSDK

/// What a client asks for, as it came.
struct IssueRequest: Sendable {
    var names: RequestedNames
    var ttlSeconds: Int?
    var notBefore: CertificateTime?
    var notAfter: CertificateTime?
    var form: OutputForm
    var keyType: String
    var keyBits: Int

    static let fields: [Field] =
        RequestedNames.fields + OutputForm.fields + [
            .duration("ttl", "How long the certificate is valid."),
            .string("not_before", default: "", "When validity begins."),
            .string("not_after", default: "", "When validity ends, instead of ttl."),
            .string("key_type", default: "", "Kind of the key, where the role allows any."),
            .integer("key_bits", default: 0, "Size of the key, where the role allows any."),
        ]

    init(_ fields: FieldValues) throws(PluginError) {
        names = try RequestedNames(fields)
        ttlSeconds = fields.duration("ttl").flatMap { $0 > 0 ? $0 : nil }
        notBefore = try CertificateTime.field("not_before", fields.string("not_before"))
        notAfter = try CertificateTime.field("not_after", fields.string("not_after"))
        form = try OutputForm(fields)
        keyType = fields.string("key_type") ?? ""
        keyBits = fields.integer("key_bits") ?? 0
        if notAfter != nil, ttlSeconds != nil {
            throw PluginError(
                .invalidRequest, #"either "ttl" or "not_after" should be provided. Not both."#)
        }
    }
}

struct Draft: Sendable {
    enum Subject: Sendable {
        /// An end entity, by the rules that a role has for the caller.
        case endEntity(NameRules)
        /// An end entity as its request says.
        case verbatim
        /// An authority below the issuer.
        case authority(AuthorityLimits)
    }

    let request: IssueRequest
    let role: Role
    let kind: Subject
    let issuer: IssuerContext
    let mount: PKIMount
    let now: CertificateTime
    let publicKey: PublicKey
    /// The client's signing request, if the key is the client's.
    let signingRequest: SigningRequest?

    var commonName = ""
    var serialNumber = ""
    /// DER, where the request's is taken as it is.
    var subject: [UInt8]?
    var names: [GeneralName] = []
    var notBefore = CertificateTime(seconds: 0)
    var notAfter = CertificateTime(seconds: 0)
    var extensions: [CertificateExtension] = []
    /// How many authorities the client wants below its own, where its request counts and says so.
    var requestedPathLength: Int?
    var subjectKeyIdentifier: [UInt8]?
    var warnings: [String] = []

    init(
        _ request: IssueRequest, _ role: Role, _ kind: Subject, _ issuer: IssuerContext,
        _ mount: PKIMount, now: Timestamp, publicKey: PublicKey, signingRequest: SigningRequest?
    ) {
        self.request = request
        self.role = role
        self.kind = kind
        self.issuer = issuer
        self.mount = mount
        self.now = CertificateTime(now)
        self.publicKey = publicKey
        self.signingRequest = signingRequest
    }

    mutating func set(_ value: CertificateExtension) {
        extensions.removeAll { $0.oid == value.oid }
        extensions.append(value)
    }

    func has(_ oid: ObjectIdentifier) -> Bool { extensions.contains { $0.oid == oid } }

    var isAuthority: Bool {
        if case .authority = kind { true } else { false }
    }
}

/// What an authority below another may do.
struct AuthorityLimits: Sendable {
    /// Nil for what the issuer leaves.
    var pathLength: Int?
    var constraints = NameConstraints()
    var usesRequestValues = false
    var mayOutliveIssuer = true
}

/// A certificate that was signed.
struct SignedCertificate: Sendable {
    let der: [UInt8]
    let serial: String
    let notAfter: CertificateTime
    let warnings: [String]
}
