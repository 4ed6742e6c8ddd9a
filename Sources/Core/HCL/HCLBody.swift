// The tree: a body holds attributes and blocks in the order in which they were written.

public struct HCLAttribute: Sendable, Equatable {
    public let name: String
    public let value: HCLValue
    /// Of the name.
    public let position: HCLPosition
}

public struct HCLLabel: Sendable, Equatable {
    public let text: String
    public let position: HCLPosition
}

public struct HCLBlock: Sendable, Equatable {
    public let type: String
    public let labels: [HCLLabel]
    public let body: HCLBody
    /// Of the type.
    public let position: HCLPosition
}

public enum HCLItem: Sendable, Equatable {
    case attribute(HCLAttribute)
    case block(HCLBlock)

    public var name: String {
        switch self {
        case .attribute(let attribute): attribute.name
        case .block(let block): block.type
        }
    }

    public var position: HCLPosition {
        switch self {
        case .attribute(let attribute): attribute.position
        case .block(let block): block.position
        }
    }
}

public struct HCLBody: Sendable, Equatable {
    public let items: [HCLItem]

    public init(items: [HCLItem]) {
        self.items = items
    }

    /// The value of an attribute; the parser has made sure that there is at most one.
    public func attribute(_ name: String) -> HCLAttribute? {
        for case .attribute(let attribute) in items where attribute.name.hasSameBytes(as: name) {
            return attribute
        }
        return nil
    }

    public func items(named name: String) -> [HCLItem] {
        items.filter { $0.name.hasSameBytes(as: name) }
    }
}

extension String {
    /// Swift's `==` calls canonically equivalent strings equal (U+212A KELVIN SIGN is "K"); names
    /// that decide about access are equal only when their bytes are.
    public func hasSameBytes(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
