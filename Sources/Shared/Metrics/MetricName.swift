// What a series is called.

/// A name in parts with dots, such as `core.handle_request`, and what tells its series apart.
public struct MetricName: Sendable, Hashable {
    public struct Label: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    public var text: String
    public var labels: [Label]

    public init(_ text: String, _ labels: [(String, String)] = []) {
        self.text = text
        self.labels = labels.map { Label(name: $0.0, value: $0.1) }
    }
}

extension MetricName: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }
}

extension MetricName: Comparable {
    public static func < (left: MetricName, right: MetricName) -> Bool {
        if left.text != right.text { return left.text < right.text }
        for (one, other) in zip(left.labels, right.labels) where one != other {
            return (one.name, one.value) < (other.name, other.value)
        }
        return left.labels.count < right.labels.count
    }
}
