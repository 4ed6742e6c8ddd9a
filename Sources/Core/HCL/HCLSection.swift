// The many spellings of one thing: `path "x" { … }`, `path = { "x" = { … } }`,
// {"path": {"x": { … }}} and {"path": [{"x": { … }}]} are the same section with the label "x".

public struct HCLSection: Sendable, Equatable {
    public let labels: [HCLLabel]
    public let body: HCLBody
    public let position: HCLPosition
}

extension HCLBody {
    /// Every section called `name`, in the order of the text, each with exactly `labelCount`
    /// labels.
    public func sections(_ name: String, labelCount: Int) throws(HCLError) -> [HCLSection] {
        var collector = HCLSectionCollector(name: name, labelCount: labelCount)
        for item in items(named: name) {
            switch item {
            case .attribute(let attribute):
                try collector.collect(attribute.value, labels: [], at: attribute.position)
            case .block(let block):
                let value = HCLValue(.object(block.body), at: block.position)
                try collector.collect(value, labels: block.labels, at: block.position)
            }
        }
        return collector.sections
    }
}

private struct HCLSectionCollector {
    let name: String
    let labelCount: Int
    var sections: [HCLSection] = []

    mutating func collect(
        _ value: HCLValue, labels: [HCLLabel], at position: HCLPosition
    ) throws(HCLError) {
        if labels.count > labelCount {
            throw HCLError(
                .unexpectedShape, at: labels[labelCount].position,
                "\(name) takes \(labelCount == 0 ? "no label" : "only \(labelCount) label")")
        }
        switch value.kind {
        case .list(let elements):
            for element in elements {
                try collect(element, labels: labels, at: element.position)
            }
        case .object(let body) where labels.count == labelCount:
            sections.append(HCLSection(labels: labels, body: body, position: position))
        case .object(let body):
            try descend(into: body, labels: labels)
        default:
            throw HCLError(
                .unexpectedShape, at: value.position,
                "\(name) must be a block, not \(value.kindName)")
        }
    }

    /// A block with too few labels names its sections inside.
    private mutating func descend(into body: HCLBody, labels: [HCLLabel]) throws(HCLError) {
        for item in body.items {
            let label = HCLLabel(text: item.name, position: item.position)
            switch item {
            case .attribute(let attribute):
                try collect(attribute.value, labels: labels + [label], at: attribute.position)
            case .block(let block):
                let value = HCLValue(.object(block.body), at: block.position)
                try collect(value, labels: labels + [label] + block.labels, at: block.position)
            }
        }
    }
}
