// A value with its place in the text.

public struct HCLValue: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Quoted strings and heredocs; escapes are resolved, `${…}` is left as it was written.
        case string(String)
        /// The digits as they came: decimal, `0x` hexadecimal, `0` octal, with fraction or
        /// exponent.
        case number(String)
        case bool(Bool)
        case list([HCLValue])
        case object(HCLBody)
        /// Only JSON texts can say this.
        case null
    }

    public let kind: Kind
    public let position: HCLPosition

    public init(_ kind: Kind, at position: HCLPosition) {
        self.kind = kind
        self.position = position
    }
}

extension HCLValue {
    public var stringValue: String? {
        guard case .string(let text) = kind else { return nil }
        return text
    }

    public var boolValue: Bool? {
        guard case .bool(let value) = kind else { return nil }
        return value
    }

    public var listValue: [HCLValue]? {
        guard case .list(let values) = kind else { return nil }
        return values
    }

    public var objectValue: HCLBody? {
        guard case .object(let body) = kind else { return nil }
        return body
    }

    /// The number if it is a whole one: `8200`, `0x1f`, `0755` (octal, as in HCL) or `1e3`.
    public var intValue: Int? {
        guard case .number(let text) = kind else { return nil }
        return HCLNumber.int(text)
    }

    public var doubleValue: Double? {
        guard case .number(let text) = kind else { return nil }
        return HCLNumber.int(text).map(Double.init) ?? Double(text)
    }

    /// What kind of value it is, for messages: "a string", "a list".
    public var kindName: String {
        switch kind {
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .list: "a list"
        case .object: "an object"
        case .null: "null"
        }
    }
}

enum HCLNumber {
    static func int(_ text: String) -> Int? {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative { digits = digits.dropFirst() }
        let magnitude: Int?
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
            magnitude = Int(digits.dropFirst(2), radix: 16)
        } else if digits.count > 1, digits.first == "0", digits.utf8.allSatisfy(isDigit) {
            magnitude = Int(digits, radix: 8)
        } else if let whole = Int(digits) {
            magnitude = whole
        } else {
            magnitude = Double(digits).flatMap { Int(exactly: $0) }
        }
        return magnitude.map { isNegative ? -$0 : $0 }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
