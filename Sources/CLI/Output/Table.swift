// Columns with a head and a line of dashes under it, four spaces apart; an empty cell reads `n/a`.

struct Table: Sendable {
    private var rows: [[String]]

    init(_ head: String...) { self.init(head) }

    init(_ head: [String]) {
        rows = [head, head.map { String(repeating: "-", count: $0.count) }]
    }

    mutating func append(_ cells: String...) { rows.append(cells) }
    mutating func append(_ cells: [String]) { rows.append(cells) }

    var isEmpty: Bool { rows.count <= 2 }

    var text: String {
        let cells = rows.map { row in
            row.map { cell in
                let text = Printable.text(cell.trimmed)
                return text.isEmpty ? "n/a" : text
            }
        }
        let columns = cells.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            cells.map { column < $0.count ? $0[column].unicodeScalars.count : 0 }.max() ?? 0
        }
        return cells.map { row in
            row.enumerated().map { column, cell in
                guard column + 1 < row.count else { return cell }
                let gap = widths[column] - cell.unicodeScalars.count + 4
                return cell + String(repeating: " ", count: gap)
            }.joined()
        }.joined(separator: "\n")
    }
}
