// Certificate policies with their statements and notices (RFC 5280, 4.2.1.4).

public struct PolicyInformation: Sendable, Hashable {
    public var oid: ObjectIdentifier
    public var cps: String
    public var notice: String

    public init(oid: ObjectIdentifier, cps: String = "", notice: String = "") {
        self.oid = oid
        self.cps = cps
        self.notice = notice
    }
}

extension CertificateExtension {
    public static func certificatePolicies(_ policies: [PolicyInformation]) -> Self {
        CertificateExtension(.certificatePolicies) { writer in
            writer.sequence { list in
                for policy in policies { list.sequence { write(policy, to: &$0) } }
            }
        }
    }

    private static func write(_ policy: PolicyInformation, to writer: inout DERWriter) {
        writer.oid(policy.oid)
        guard !policy.cps.isEmpty || !policy.notice.isEmpty else { return }
        writer.sequence { qualifiers in
            if !policy.cps.isEmpty {
                qualifiers.sequence {
                    $0.oid(.policyCPS)
                    $0.ia5(policy.cps)
                }
            }
            if !policy.notice.isEmpty {
                qualifiers.sequence {
                    $0.oid(.policyUserNotice)
                    $0.sequence { $0.utf8(policy.notice) }
                }
            }
        }
    }
}
