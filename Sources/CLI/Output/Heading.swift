// `====== Metadata ======`, as wide as the table below it.

import JSON

enum Heading {
    static func text(_ title: String, over table: JSONObject) -> String {
        let longest = table.keys.map(\.utf8.count).max() ?? 0
        // Four columns between the key and the word "Value".
        return text(title, width: longest + 4 + 5)
    }

    static func text(_ title: String, width: Int) -> String {
        var signs = width - (title.utf8.count + 2)
        if signs <= 0 { signs = 4 }
        let side = String(repeating: "=", count: (signs + 1) / 2)
        return "\(side) \(title) \(side)"
    }
}
