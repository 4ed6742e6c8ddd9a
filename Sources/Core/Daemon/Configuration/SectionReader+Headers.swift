// `custom_response_headers { "default" = { … } "2xx" = { … } "404" = { … } }` of a listener.

import HCL
import HTTPAPI

extension SectionReader {
    func responseHeaders() -> ResponseHeaders {
        var headers = ResponseHeaders()
        for section in sections("custom_response_headers", labelCount: 1) {
            let label = section.labels[0]
            guard CustomHeaders.Scope(label.text) != nil else {
                error(
                    at: label.position,
                    "custom_response_headers: \(Self.quoted(label.text)) is no status; there are "
                        + "\"default\", \"1xx\" to \"5xx\", and \"100\" to \"599\"")
                continue
            }
            headers.byStatus[label.text, default: []] += section.body.items.compactMap(header)
        }
        return headers
    }

    private func header(_ item: HCLItem) -> ResponseHeaders.Header? {
        guard case .attribute(let attribute) = item,
            let values = Self.values(attribute.value), !values.isEmpty
        else {
            error(
                at: item.position,
                "custom_response_headers: the value of \(Self.quoted(item.name)) must be a list of "
                    + "strings")
            return nil
        }
        if let refusal = CustomHeaders.refusal(ofName: attribute.name) {
            warning(
                at: attribute.position,
                "custom_response_headers: \(Self.quoted(attribute.name)) is not accepted: "
                    + refusal)
            return nil
        }
        let value = values.joined(separator: "; ")
        guard CustomHeaders.isValue(value) else {
            error(
                at: attribute.value.position,
                "custom_response_headers: the value of \(Self.quoted(attribute.name)) must be on "
                    + "one line")
            return nil
        }
        return ResponseHeaders.Header(name: attribute.name, value: value)
    }

    private static func values(_ value: HCLValue) -> [String]? {
        if let text = value.stringValue { return [text] }
        guard let list = value.listValue else { return nil }
        let texts = list.compactMap(\.stringValue)
        return texts.count == list.count ? texts : nil
    }
}
