// From a password policy's text, in HCL or JSON, to the policy.

internal import HCL

extension PasswordPolicy {
    init(parsing text: String) throws(PasswordPolicyError) {
        do {
            let limits = HCLLimits(maxTextBytes: PasswordLimits.maxTextBytes)
            let body = try HCLFile.parse(text, name: "password policy", limits: limits)
            for item in body.items
            where !["length", "rule"].contains(where: item.name.hasSameBytes) {
                throw PasswordPolicyError(
                    "\(item.position): invalid key \(item.name.quotedForMessage)")
            }
            guard let length = body.attribute("length") else {
                throw PasswordPolicyError("length is missing")
            }
            guard let count = length.value.intValue else {
                throw PasswordPolicyError("\(length.value.position): length must be a whole number")
            }
            let sections = try body.sections("rule", labelCount: 1)
            guard sections.count <= PasswordLimits.maxRules else {
                throw PasswordPolicyError("more than \(PasswordLimits.maxRules) rules")
            }
            self = try PasswordPolicy(length: count, rules: sections.map(Self.rule))
        } catch let error as HCLError {
            throw PasswordPolicyError("\(error.position): \(error.message)")
        } catch let error as PasswordPolicyError {
            throw error
        } catch {
            throw PasswordPolicyError("the policy cannot be read")
        }
    }

    private static func rule(
        _ section: HCLSection
    ) throws -> (charset: String, minimum: Int) {
        let kind = section.labels.first?.text ?? ""
        guard kind.hasSameBytes(as: "charset") else {
            throw PasswordPolicyError(
                "\(section.position): unrecognized rule type \(kind.quotedForMessage)")
        }
        for item in section.body.items
        where !["charset", "min-chars"].contains(where: item.name.hasSameBytes) {
            throw PasswordPolicyError(
                "\(item.position): invalid key \(item.name.quotedForMessage)")
        }
        guard let charset = section.body.attribute("charset")?.value.stringValue else {
            throw PasswordPolicyError("\(section.position): charset must be a string")
        }
        guard let minimum = section.body.attribute("min-chars") else { return (charset, 0) }
        guard let count = minimum.value.intValue else {
            throw PasswordPolicyError(
                "\(minimum.value.position): min-chars must be a whole number")
        }
        return (charset, count)
    }
}
