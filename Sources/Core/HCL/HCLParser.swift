// Builds the tree of a text in HCL's native syntax.

struct HCLParser {
    private var lexer: HCLLexer
    private var budget: HCLItemBudget
    private let maxDepth: Int

    init(_ lexer: HCLLexer, limits: HCLLimits) {
        self.lexer = lexer
        self.budget = HCLItemBudget(limits)
        self.maxDepth = limits.maxDepth
    }

    mutating func parseFile() throws(HCLError) -> HCLBody {
        try parseBody(until: .end, depth: 0)
    }

    /// Items up to the closing token; a comma may follow each, as people write it in objects.
    private mutating func parseBody(
        until closing: HCLToken.Kind, depth: Int
    ) throws(HCLError) -> HCLBody {
        var items: [HCLItem] = []
        var names: Set<[UInt8]> = []
        var token = try lexer.next()
        while token.kind != closing {
            let item = try parseItem(startingWith: token, closing: closing, depth: depth)
            if case .attribute(let attribute) = item,
                !names.insert(Array(attribute.name.utf8)).inserted
            {
                throw HCLError(
                    .duplicate, at: attribute.position,
                    "this name is already set in the same block")
            }
            items.append(item)
            token = try lexer.next()
            if token.kind == .comma { token = try lexer.next() }
        }
        return HCLBody(items: items)
    }

    private mutating func parseItem(
        startingWith first: HCLToken, closing: HCLToken.Kind, depth: Int
    ) throws(HCLError) -> HCLItem {
        try budget.spend(at: first.position)
        guard let name = Self.key(first) else {
            let expected = closing == .end ? "a name" : "\"}\" or a name"
            throw HCLError(
                .syntax, at: first.position, "expected \(expected), found \(first.kindName)")
        }
        var labels: [HCLLabel] = []
        while true {
            let token = try lexer.next()
            if let label = Self.key(token) {
                try budget.spend(at: token.position)
                labels.append(HCLLabel(text: label, position: token.position))
            } else if token.kind == .leftBrace {
                let body = try parseNested(at: token.position, depth: depth)
                return .block(
                    HCLBlock(type: name, labels: labels, body: body, position: first.position))
            } else if token.kind == .assign, labels.isEmpty {
                let value = try parseValue(startingWith: try lexer.next(), depth: depth)
                return .attribute(
                    HCLAttribute(name: name, value: value, position: first.position))
            } else {
                let expected = labels.isEmpty ? "\"=\", \"{\" or a label" : "\"{\" or a label"
                throw HCLError(
                    .syntax, at: token.position, "expected \(expected), found \(token.kindName)")
            }
        }
    }

    private static func key(_ token: HCLToken) -> String? {
        switch token.kind {
        case .identifier(let name), .string(let name): name
        default: nil
        }
    }

    private mutating func parseNested(
        at position: HCLPosition, depth: Int
    ) throws(HCLError) -> HCLBody {
        try checkDepth(depth + 1, at: position)
        return try parseBody(until: .rightBrace, depth: depth + 1)
    }

    private func checkDepth(_ depth: Int, at position: HCLPosition) throws(HCLError) {
        guard depth <= maxDepth else {
            throw HCLError(.tooDeep, at: position, "nested more than \(maxDepth) deep")
        }
    }

    private mutating func parseValue(
        startingWith token: HCLToken, depth: Int
    ) throws(HCLError) -> HCLValue {
        let kind: HCLValue.Kind
        switch token.kind {
        case .string(let text): kind = .string(text)
        case .number(let text): kind = .number(text)
        case .bool(let value): kind = .bool(value)
        case .leftBrace: kind = .object(try parseNested(at: token.position, depth: depth))
        case .leftBracket: kind = .list(try parseList(at: token.position, depth: depth))
        default:
            throw HCLError(
                .syntax, at: token.position, "expected a value, found \(token.kindName)")
        }
        return HCLValue(kind, at: token.position)
    }

    private mutating func parseList(
        at position: HCLPosition, depth: Int
    ) throws(HCLError) -> [HCLValue] {
        try checkDepth(depth + 1, at: position)
        var values: [HCLValue] = []
        while true {
            let token = try lexer.next()
            if token.kind == .rightBracket { return values }
            try budget.spend(at: token.position)
            values.append(try parseValue(startingWith: token, depth: depth + 1))
            let separator = try lexer.next()
            if separator.kind == .rightBracket { return values }
            guard separator.kind == .comma else {
                throw HCLError(
                    .syntax, at: separator.position,
                    "expected \",\" or \"]\", found \(separator.kindName)")
            }
        }
    }
}
